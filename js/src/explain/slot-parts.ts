/**
 * The parts of a slot, as far as they say anything.
 *
 * @module
 */

import { hex, textOrHex } from './report.js'

const TAIL = [0, 0, 0, 128, 0, 0, 0, 12]

/** The info of a slot: a name, and for a wrapping key its nonce behind it. */
export function explainInfo(info: Uint8Array): string {
  const tail = info.subarray(-20, -12)
  if (info.length > 20 && TAIL.every((byte, at) => tail[at] === byte)) {
    return `${textOrHex(info.subarray(0, -20))}, nonce ${hex(info.subarray(-12))}`
  }
  return textOrHex(info)
}

/** The wrapped key of a slot: text where a service returned text. */
export function explainWrapped(wrapped: Uint8Array): string {
  const text = textOrHex(wrapped)
  return /^[\x21-\x7e]{8,}$/.test(text) ? text : hex(wrapped)
}
