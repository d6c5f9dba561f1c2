/**
 * Replies with keys in them: read in the core, and overwritten.
 *
 * @module
 */

import { KmsError } from '../errors.js'
import { type Core, core, type Glue, type Instance } from '../wasm/instance.js'
import { send } from '../wasm/memory.js'
import type { Reply } from './rest.js'

/**
 * Has the core read a reply.
 *
 * The core says what is wrong with it; which reply it was is known here.
 *
 * @param read - Told the length of the reply in the input region.
 */
export function readReply<T>(reply: Reply, read: (calls: Core, length: number) => T): T {
  return readReplyIn(core, reply, read)
}

/** The same in an instance of choice, with `after` behind the reply in the input region. */
export function readReplyIn<G extends Glue, T>(
  instance: Instance<G>,
  reply: Reply,
  read: (calls: Core<G>, length: number) => T,
  ...after: readonly Uint8Array[]
): T {
  try {
    return instance.enter((calls) => {
      send(calls, reply.body, ...after)
      return read(calls, reply.body.length)
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
