/** Root keys and bytes for tests. */

import { randomFillSync } from 'node:crypto'
import { type WrappingKey, wrappingKey } from 'tsutsumi'

/** Random bytes of any length. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  randomFillSync(bytes)
  return bytes
}

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}

/** A wrapping key with names that no other test uses. */
export function localKey(name = 'test'): WrappingKey {
  return wrappingKey(randomBytes(32), { namespace: 'tests', name })
}

/** Whether bytes stand anywhere in a memory. */
export function holds(memory: ArrayBuffer, bytes: Uint8Array): boolean {
  return Buffer.from(memory).includes(Buffer.from(bytes))
}
