/**
 * Data keys and what is derived from them, as handles of the platform.
 *
 * A new data key is a handle that can be wrapped, which only the root keys of one call see; one
 * that was unwrapped, and all that is derived, cannot be exported.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { OpenError } from '../errors.js'
import { kindOf, refuse } from '../options.js'
import { COMMITMENT_LEN, type Header, SUITE } from './header.js'

type Bytes = Uint8Array<ArrayBuffer>

const AES = 'AES-GCM'
const TAG_BITS = 128

const label = (text: string): Bytes => new TextEncoder().encode(text)

/** What a data key becomes for one message: the key of its frames. */
export interface Derived {
  readonly frames: CryptoKey
  readonly commitment: Bytes
}

/** AES-256-GCM with a nonce and additional data. */
export function gcm(iv: Bytes, additionalData: Bytes): AesGcmParams {
  return { name: AES, iv, additionalData, tagLength: TAG_BITS }
}

/** Makes a data key that can be wrapped. */
export function makeDataKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: AES, length: 256 }, true, ['encrypt', 'decrypt'])
}

/** Checks what is to be wrapped. */
export function readDataKey(value: unknown): CryptoKey {
  if (Object.prototype.toString.call(value) === '[object CryptoKey]') return value as CryptoKey
  refuse(
    'dataKey',
    `has to be a CryptoKey, not ${kindOf(value)}`,
    'Root keys of `tsutsumi/webcrypto` are for envelopes of `tsutsumi/webcrypto`.',
  )
}

/** Checks what a root key unwrapped. */
export function readUnwrapped(value: unknown): CryptoKey {
  const key = readDataKey(value)
  if (key.algorithm.name !== 'HKDF') refuse('dataKey', 'has to be a key for HKDF')
  return key
}

/** Overwrites a key that had to be bytes for a moment, and returns its handle. */
export async function adoptBytes(bytes: Bytes): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits', 'deriveKey'])
  } finally {
    bytes.fill(0)
  }
}

/** A key that wraps and unwraps, from 32 bytes; these are left alone. */
export function importWrapping(bytes: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, AES, false, ['wrapKey', 'unwrapKey'])
}

/** Wraps a data key: its ciphertext and tag. */
export async function wrapUnder(kek: CryptoKey, key: CryptoKey, how: AesGcmParams): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.wrapKey('raw', key, kek, how))
}

/** Unwraps a data key, which does not become bytes on the way. */
export function unwrapUnder(kek: CryptoKey, wrapped: Bytes, how: AesGcmParams): Promise<CryptoKey> {
  const uses: KeyUsage[] = ['deriveBits', 'deriveKey']
  return crypto.subtle.unwrapKey('raw', wrapped, kek, how, 'HKDF', false, uses)
}

/** The same key as {@link makeDataKey} made, to derive from: through a key that nobody keeps. */
export async function forDeriving(dataKey: CryptoKey): Promise<CryptoKey> {
  const length = { name: AES, length: 256 }
  const passing = await crypto.subtle.generateKey(length, false, ['wrapKey', 'unwrapKey'])
  const how = gcm(new Uint8Array(12), new Uint8Array(0))
  return unwrapUnder(passing, await wrapUnder(passing, dataKey, how), how)
}

/** Derives the key of the frames, and the commitment to the data key. */
export async function derive(
  dataKey: CryptoKey,
  salt: Bytes,
  use: 'encrypt' | 'decrypt',
): Promise<Derived> {
  const hkdf = (info: Bytes): HkdfParams => ({ name: 'HKDF', hash: 'SHA-512', salt, info })
  const info = concat([Uint8Array.of(SUITE >> 8, SUITE & 0xff), label('DERIVEKEY')])
  const { subtle } = crypto
  const [frames, commitment] = await Promise.all([
    subtle.deriveKey(hkdf(info), dataKey, { name: AES, length: 256 }, false, [use]),
    subtle.deriveBits(hkdf(label('COMMITKEY')), dataKey, COMMITMENT_LEN * 8),
  ])
  return { frames, commitment: new Uint8Array(commitment) }
}

/** The commitment and the tag of a header; its unstored pairs are serialised. */
export async function authenticate(
  dataKey: CryptoKey,
  header: Header,
  unstored: Bytes,
): Promise<CryptoKey> {
  const { frames, commitment } = await derive(dataKey, header.messageId, 'decrypt')
  // spec: M-13
  let apart = 0
  header.commitment.forEach((byte, at) => {
    apart |= byte ^ (commitment[at] ?? 0)
  })
  if (apart !== 0) throw new OpenError()
  const tagAt = header.bytes.length - TAG_BITS / 8
  const aad = concat([header.bytes.subarray(0, tagAt), unstored])
  // spec: M-14
  await decrypt(frames, gcm(new Uint8Array(12), aad), header.bytes.subarray(tagAt))
  return frames
}

/** Decrypts, with the one error that says nothing. */
export async function decrypt(key: CryptoKey, how: AesGcmParams, data: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(how, key, data))
  } catch {
    throw new OpenError()
  }
}
