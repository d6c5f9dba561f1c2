// Bytes that look random and are the same every time.
import { createHash } from 'node:crypto'

/** Bytes that depend on nothing but the label. */
export function derived(label, length) {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(label).digest())
}
