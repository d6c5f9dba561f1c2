/**
 * Replies with keys in them: read in the core, and overwritten.
 *
 * @module
 */

import { KmsError } from '../errors.js'
import { type Core, enter } from '../wasm/instance.js'
import { send } from '../wasm/memory.js'
import type { Reply } from './rest.js'

/**
 * Has the core read a reply.
 *
 * The core says what is wrong with it; which reply it was is known here.
 *
 * @param read - Told the length of the reply in the input region.
 * @param after - What stands there behind the reply.
 */
export function readReply<T>(
  reply: Reply,
  read: (core: Core, length: number) => T,
  ...after: readonly Uint8Array[]
): T {
  try {
    return enter((core) => {
      send(core, reply.body, ...after)
      return read(core, reply.body.length)
    })
  } catch (error) {
    if (!(error instanceof KmsError)) throw error
    const { status, correlationId, attempts } = reply
    const { hint } = error
    throw new KmsError(error.code, error.message, { hint, status, correlationId, attempts })
  } finally {
    reply.body.fill(0)
  }
}
