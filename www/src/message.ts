/** A sealed message as the page holds it: bytes, fields, and the bits that were flipped. @module */

import { inspect, type MessageField } from 'tsutsumi'

/** A message, and what was sealed in it. */
export interface Sealed {
  readonly blob: Blob
  /** Its first bytes, enough for the header and some of the body. */
  readonly start: Uint8Array
  readonly fields: readonly MessageField[]
  readonly file: string | undefined
}

const START_LEN = 64 << 10
const SEQUENCE = 4
const FINAL = 0xffff_ffff
const IV = 12
const TAG = 16

/** Reads the fields of a message off its first bytes. */
export async function readSealed(blob: Blob, file: string | undefined): Promise<Sealed> {
  const start = new Uint8Array(await blob.slice(0, START_LEN).arrayBuffer())
  const { fields, headerLength, frameLength } = inspect(start)
  return { blob, start, fields: [...fields, ...frames(start, headerLength, frameLength)], file }
}

// The frames are read here, not by the core, which reads none without a key.
function frames(bytes: Uint8Array, from: number, frameLength: number): MessageField[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields: MessageField[] = []
  let at = from
  const take = (name: string, length: number): void => {
    const there = Math.min(length, bytes.length - at)
    if (there > 0) fields.push({ name, offset: at, length: there })
    at += length
  }
  while (at + SEQUENCE <= bytes.length) {
    const final = view.getUint32(at) === FINAL
    if (final) take('final frame mark', SEQUENCE)
    take('sequence number', SEQUENCE)
    take('frame IV', IV)
    const known = final && at + SEQUENCE <= bytes.length
    const length = known ? view.getUint32(at) : frameLength
    if (final) take('content length', SEQUENCE)
    take('ciphertext', length)
    take('frame tag', TAG)
    if (final) break
  }
  return fields
}

/** The message with some of its bytes changed. */
export function altered(sealed: Sealed, flips: ReadonlyMap<number, number>): Blob {
  const parts: BlobPart[] = []
  let at = 0
  for (const [offset, mask] of [...flips].sort(([a], [b]) => a - b)) {
    parts.push(sealed.blob.slice(at, offset), Uint8Array.of((sealed.start[offset] ?? 0) ^ mask))
    at = offset + 1
  }
  parts.push(sealed.blob.slice(at))
  return new Blob(parts)
}
