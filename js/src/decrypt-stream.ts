/**
 * Decryption as a stream.
 *
 * @module
 */

import type { OpenTerms } from './message/open.js'
import { type BytePair, relay } from './message/relay.js'
import type { Context } from './pairs.js'
import { Pledge } from './pledge.js'

/** A message in, plaintext out; see {@link Envelope.decryptStream}. */
export interface DecryptStream extends BytePair {
  /** The context of the message, once its header is known to be authentic. */
  readonly context: Promise<Context>
}

/** Makes the two ends. */
export function decryptStream(terms: OpenTerms): DecryptStream {
  const context = new Pledge<Context>()
  const load = async () => (await import('./message/opening.js')).opening(terms, context)
  return { ...relay(load, terms.signal), context: context.promise }
}
