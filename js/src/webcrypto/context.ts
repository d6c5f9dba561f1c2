/**
 * Contexts as bytes: written sorted, read in any order.
 *
 * @module
 */

import { concat, joinFields } from '../bytes.js'
import { MisuseError, PolicyError } from '../errors.js'
import { type Context, difference, own, PUBLIC_KEY } from '../pairs.js'
import { samePairs } from '../same-pairs.js'

const RESERVED = 'aws-crypto-'
const LEN_MAX = 0xffff
const PAIRS_MAX = 1024

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Why a stored context cannot be read. */
export type ContextFault = 'malformed' | 'too long'

/**
 * Serialises a context.
 *
 * @param whose - `'message'` for one that may hold keys that the format keeps for itself.
 * @throws {@link MisuseError} `ERR_LIMIT` for more than 65,535 bytes or 1,024 pairs.
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for keys that the format reserves.
 */
export function encodeContext(
  context: Context,
  whose: 'caller' | 'message',
): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(context).map(
    ([key, value]) => [encoder.encode(key), encoder.encode(value)] as const,
  )
  const length = pairs.reduce((sum, [key, value]) => sum + 4 + key.length + value.length, 2)
  // spec: C-4
  if (pairs.length > PAIRS_MAX || (pairs.length > 0 && length > LEN_MAX)) {
    throw new MisuseError('ERR_LIMIT', 'the context is over 65,535 bytes or 1,024 pairs')
  }
  // spec: C-3
  if (whose === 'caller' && Object.keys(context).some((key) => key.startsWith(RESERVED))) {
    throw new PolicyError('ERR_POLICY_CONTEXT', 'a context key begins with `aws-crypto-`', {
      hint: 'That prefix is reserved by the message format.',
    })
  }
  if (pairs.length === 0) return new Uint8Array(0)
  // spec: C-1
  pairs.sort(([a], [b]) => order(a, b))
  const count = Uint8Array.of(pairs.length >> 8, pairs.length & 0xff)
  return concat([count, ...pairs.map(joinFields)])
}

function order(a: Uint8Array, b: Uint8Array): number {
  const end = Math.min(a.length, b.length)
  for (let i = 0; i < end; i++) {
    const apart = (a[i] ?? 0) - (b[i] ?? 0)
    if (apart !== 0) return apart
  }
  return a.length - b.length
}

/** Reads a serialised context; says why where that is not possible. */
export function decodeContext(bytes: Uint8Array): Context | ContextFault {
  const context = Object.create(null) as Record<string, string>
  if (bytes.length === 0) return Object.freeze(context)
  if (bytes.length === 1) return 'malformed'
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = data.getUint16(0)
  let at = 2
  const text = (): string | undefined => {
    if (at + 2 > bytes.length) return undefined
    const end = at + 2 + data.getUint16(at)
    if (end > bytes.length) return undefined
    const field = bytes.subarray(at + 2, end)
    at = end
    try {
      return decoder.decode(field)
    } catch {
      return undefined
    }
  }
  for (let pair = 0; pair < count; pair++) {
    const [key, value] = [text(), text()]
    // spec: C-5, C-7
    if (key === undefined || value === undefined) return 'malformed'
    // spec: C-8
    if (pair === PAIRS_MAX) return 'too long'
    // spec: C-6
    if (key in context) return 'malformed'
    context[key] = value
  }
  return count === 0 || at !== bytes.length ? 'malformed' : Object.freeze(context)
}

/**
 * Compares the context of a message with the one asked for.
 *
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT`, naming the first key that differs.
 */
export function sameContext(stored: Context, wanted: Context): void {
  encodeContext(wanted, 'caller')
  const mine = own(stored)
  // spec: M-15
  if (samePairs(mine, wanted)) return
  const message = 'the context of the message is not the one asked for'
  throw new PolicyError('ERR_POLICY_CONTEXT', message, { hint: difference(mine, wanted) })
}

/** Whether a context has the pair that only signed messages have. */
export function hasPublicKey(context: Context): boolean {
  return context[PUBLIC_KEY] !== undefined
}
