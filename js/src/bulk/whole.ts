/**
 * Whole messages that are long enough for the platform's AES.
 *
 * @module
 */

import { stillThere } from '../bytes.js'
import { fit, openRest } from '../message/open.js'
import { roomFor, type Sealing, sealRest } from '../message/seal.js'
import type { Handle } from '../wasm/handle.js'
import { putWhole } from './body.js'
import { openedMessage, sealedMessage } from './message.js'

type Bytes = Uint8Array<ArrayBuffer>

/** As {@link sealWhole}, by whatever is faster. */
export async function sealLong(sealing: Sealing, plaintext: Bytes): Promise<Bytes> {
  const { length } = plaintext
  const { header, sealer } = sealing
  const message = roomFor(sealing, length)
  const out = message.subarray(header.length)
  const done = await putWhole(sealedMessage(sealer), plaintext, out)
  stillThere(plaintext, length, 'plaintext')
  const at = header.length + done.to
  const end = done.isAll ? at : sealRest(sealer, plaintext.subarray(done.from), message, at)
  return end === message.length ? message : message.slice(0, end)
}

/** As {@link openWhole}, by whatever is faster. */
export async function openLong(opener: Handle, body: Bytes): Promise<Bytes> {
  const { length } = body
  const space = new Uint8Array(length)
  try {
    const done = await putWhole(openedMessage(opener), body, space)
    stillThere(body, length, 'message')
    if (done.isAll) return fit(space, done.to)
    return openRest(opener, body.subarray(done.from), space, done.to)
  } catch (error) {
    space.fill(0)
    throw error
  }
}
