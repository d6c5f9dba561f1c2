// What is sealed and opened: lengths around a frame, contexts, keys; and the comparison.
import { randomBytes } from 'node:crypto'

import { Refused } from '../../support/peer.mjs'
import { sameContext } from './context.mjs'

/** Lengths of plaintexts: none, one byte, around our frame, and more than three frames. */
export const LENGTHS = [0, 1, 65_535, 65_536, 65_537, 200_000]

/** Frame lengths that other implementations write. */
export const FRAMES = [128, 4096, 65_536]

/** Contexts by name. Of the astral pair, UTF-16 sorts the second key first, UTF-8 the first. */
export const CONTEXTS = {
  empty: [],
  'two pairs': [
    ['tenant', 'acme'],
    ['purpose', 'interop'],
  ],
  astral: [
    ['\u{10000}', 'Linear B'],
    ['\uFFFD', 'replacement'],
    ['naïve 鍵', 'clé à molette'],
  ],
}

/** A wrapping key as peers take it; every name holds something that is no ASCII. */
export function rawKey(name) {
  return { kind: 'raw', namespace: 'acme', name: `${name} 鍵`, bytes: randomBytes(32) }
}

/** Bytes in which no two places look alike, so that a misplaced frame shows. */
export function plaintextOf(length) {
  const bytes = new Uint8Array(length)
  let state = length + 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

/** Every length under every context. */
export function* matrix() {
  for (const length of LENGTHS) {
    for (const [name, context] of Object.entries(CONTEXTS)) {
      yield { label: `${length} B, ${name}`, plaintext: plaintextOf(length), context }
    }
  }
}

/** Throws unless what was opened is what was sealed. */
export function compare(opened, { plaintext, context }) {
  if (Buffer.compare(opened.plaintext, plaintext) !== 0) {
    throw new Error(`another plaintext, of ${opened.plaintext.length} bytes`)
  }
  if (!sameContext(opened.context, context)) {
    throw new Error(`another context: ${JSON.stringify(opened.context)}`)
  }
}

/** Throws unless the peer refuses; returns how it says so. */
export async function refused(work) {
  try {
    await work
  } catch (error) {
    if (error instanceof Refused) return error.message
    throw error
  }
  throw new Error('was not refused')
}

/** Throws unless the peer refuses with this code of ours. */
export async function refusedWith(code, work) {
  const said = await refused(work)
  if (said !== code) throw new Error(`refused with ${said}, not with ${code}`)
}
