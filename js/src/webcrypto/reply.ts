/**
 * Replies of Key Protect, of which the key is never text.
 *
 * @module
 */

import { nonsense } from '../http/refusal.js'
import type { Reply } from '../http/rest.js'

type Bytes = Uint8Array<ArrayBuffer>

const REPLY_LEN_MAX = 65_536
const KEY_LEN = 32
const [QUOTE, ESCAPE, SLASH] = [0x22, 0x5c, 0x2f]
const PLAINTEXT = new TextEncoder().encode('plaintext')

/** What a wrap brought. */
export interface WrapReply {
  readonly ciphertext: Bytes
  readonly version?: string
}

/** Reads a wrapped key; the reply is overwritten. */
export function readWrapReply(reply: Reply): WrapReply {
  const json = parse(reply)
  const ciphertext = at(json, 'ciphertext')
  // spec: K-5
  if (typeof ciphertext !== 'string' || ciphertext === '') {
    throw nonsense('a wrap without a wrapped key', detailsOf(reply))
  }
  const version = at(at(json, 'keyVersion'), 'id')
  const bytes = new TextEncoder().encode(ciphertext)
  return typeof version === 'string' ? { ciphertext: bytes, version } : { ciphertext: bytes }
}

/** Takes the key out of a reply, which is overwritten; so has the key to be by its reader. */
export function readUnwrapReply(reply: Reply): Bytes {
  const { body } = reply
  const values = stringsUnder(body, PLAINTEXT)
  const [value] = values
  const key = value === undefined ? undefined : decodeKey(body.subarray(...value))
  for (const place of values) body.fill(SLASH, ...place)
  try {
    // What is left says whether the whole was JSON.
    parse(reply)
    // spec: K-3, K-5
    if (values.length === 1 && key !== undefined) return key
  } catch (error) {
    key?.fill(0)
    throw error
  }
  key?.fill(0)
  throw nonsense('an unwrap without a key of 32 bytes', detailsOf(reply))
}

function parse(reply: Reply): unknown {
  const { body } = reply
  try {
    // spec: K-4
    if (body.length > REPLY_LEN_MAX) throw nonsense('with too much', detailsOf(reply))
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
    throw nonsense('with something that is no object', detailsOf(reply))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) {
      throw nonsense('with something that is not JSON', detailsOf(reply))
    }
    throw error
  } finally {
    body.fill(0)
  }
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function detailsOf({ status, correlationId, attempts }: Reply): Omit<Reply, 'body'> {
  return { status, correlationId, attempts }
}

type Place = readonly [from: number, to: number]

/** Where the string values under a key of the outermost object stand. */
function stringsUnder(body: Bytes, key: Bytes): Place[] {
  const found: Place[] = []
  let depth = 0
  let last: Place | undefined
  let under = false
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]
    if (byte === QUOTE) {
      const end = endOfString(body, i + 1)
      if (under) found.push([i + 1, end])
      under = false
      last = [i + 1, end]
      i = end
    } else if (byte === 0x3a) {
      under = depth === 1 && last !== undefined && equal(body.subarray(...last), key)
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1
    } else if (byte === 0x2c) {
      under = false
    }
  }
  return found
}

function endOfString(body: Bytes, from: number): number {
  let at = from
  while (at < body.length && body[at] !== QUOTE) at += body[at] === ESCAPE ? 2 : 1
  return Math.min(at, body.length)
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** Canonical base64 of 32 bytes, in which a slash may be escaped. */
function decodeKey(text: Bytes): Bytes | undefined {
  const digits = text.filter((byte, at) => byte !== ESCAPE || text[at + 1] !== SLASH)
  const key = new Uint8Array(KEY_LEN)
  const good = digits.length === 44 && digits[43] === 0x3d && fill(key, digits)
  digits.fill(0)
  if (good) return key
  key.fill(0)
  return undefined
}

function fill(key: Bytes, digits: Bytes): boolean {
  let [bits, held, to] = [0, 0, 0]
  for (const digit of digits.subarray(0, 43)) {
    const value = sextet(digit)
    if (value < 0) return false
    held = (held << 6) | value
    bits += 6
    if (bits < 8) continue
    bits -= 8
    key[to++] = held >> bits
    held &= (1 << bits) - 1
  }
  return held === 0
}

function sextet(digit: number): number {
  if (digit >= 0x41 && digit <= 0x5a) return digit - 0x41
  if (digit >= 0x61 && digit <= 0x7a) return digit - 0x61 + 26
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30 + 52
  return digit === 0x2b ? 62 : digit === SLASH ? 63 : -1
}
