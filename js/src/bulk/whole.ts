/**
 * Whole messages that are long enough for the platform's AES.
 *
 * @module
 */

import { stillThere } from '../bytes.js'
import { headerLength } from '../message/open.js'
import { fit, openRest, roomFor, sealRest } from '../message/pieces.js'
import type { Sealing } from '../message/seal.js'
import type { Handle } from '../wasm/handle.js'
import { putWhole } from './body.js'
import { openedMessage, sealedMessage } from './message.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Seals a plaintext of any length, by whatever is faster; the core's memory does not grow. */
export async function sealLong(sealing: Sealing, plaintext: Bytes): Promise<Bytes> {
  const { length } = plaintext
  const { header, sealer } = sealing
  const message = roomFor(sealing, length)
  const room = (): Bytes => message.subarray(header.length)
  const done = await putWhole(sealedMessage(sealer), plaintext, room)
  stillThere(plaintext, length, 'plaintext')
  const at = header.length + done.to
  const end = done.isAll ? at : sealRest(sealer, plaintext.subarray(done.from), message, at)
  return end === message.length ? message : message.slice(0, end)
}

/** Opens a body of any length, likewise; what was opened before a failure is overwritten. */
export async function openLong(header: Handle, opener: Handle, message: Bytes): Promise<Bytes> {
  const { length } = message
  const body = message.subarray(headerLength(header))
  let space: Bytes | undefined
  try {
    const done = await putWhole(openedMessage(opener), body, (room) => {
      space = new Uint8Array(room)
      return space
    })
    stillThere(message, length, 'message')
    if (done.isAll) return fit(done.out, done.to)
    return openRest(opener, body.subarray(done.from), done.out, done.to)
  } catch (error) {
    space?.fill(0)
    throw error
  }
}
