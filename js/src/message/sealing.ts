/**
 * A message being sealed as a stream.
 *
 * @module
 */

import { sealedMessage } from '../bulk/message.js'
import { Sealing } from '../bulk/sealing.js'
import { core } from '../wasm/instance.js'
import type { Machine } from './relay.js'
import { beginSealing, type SealTerms } from './seal.js'

/** What makes a message of plaintext. */
export function sealing(terms: SealTerms): Machine {
  return new Sealing(async (signal) => {
    const { header, sealer } = await beginSealing(core, { ...terms, signal })
    return { header, handle: sealer, inside: sealedMessage(sealer) }
  })
}
