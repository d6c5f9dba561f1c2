/**
 * AES-256-GCM through `node:crypto`, which works while it is waited for.
 *
 * @module
 */

import { OpenError } from '../errors.js'
import { type Aes, TAG_LEN } from './aes.js'

interface Cipher {
  setAAD(aad: Uint8Array): unknown
  setAuthTag(tag: Uint8Array): unknown
  getAuthTag(): Uint8Array
  update(bytes: Uint8Array): Uint8Array<ArrayBuffer>
  final(): Uint8Array
}

type Bytes = Uint8Array<ArrayBuffer>

/** As much of `node:crypto` as is called here. */
export interface SyncCrypto {
  createSecretKey(key: Uint8Array): object
  createCipheriv(name: 'aes-256-gcm', key: object, nonce: Uint8Array): Cipher
  createDecipheriv(name: 'aes-256-gcm', key: object, nonce: Uint8Array): Cipher
}

/** An AES that returns nothing to wait for. */
export function syncAes(crypto: SyncCrypto, key: Uint8Array): Aes {
  const secret = crypto.createSecretKey(key)
  const opened = (nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Bytes => {
    const length = sealed.length - TAG_LEN
    const cipher = crypto.createDecipheriv('aes-256-gcm', secret, nonce)
    if (aad.length > 0) cipher.setAAD(aad)
    cipher.setAuthTag(sealed.subarray(length))
    // What comes out here is not authentic yet, and goes nowhere if it turns out not to be.
    const plaintext = cipher.update(sealed.subarray(0, length))
    try {
      cipher.final()
    } catch {
      plaintext.fill(0)
      throw new OpenError()
    }
    return alone(plaintext)
  }
  return {
    seal(nonce, aad, plaintext, out) {
      const cipher = crypto.createCipheriv('aes-256-gcm', secret, nonce)
      if (aad.length > 0) cipher.setAAD(aad)
      out.set(cipher.update(plaintext))
      cipher.final()
      out.set(cipher.getAuthTag(), plaintext.length)
      return undefined
    },

    open(nonce, aad, sealed, out) {
      const plaintext = opened(nonce, aad, sealed)
      out.set(plaintext)
      plaintext.fill(0)
      return undefined
    },

    opened,
  }
}

// A plain view, of memory that holds nothing else: some runtimes take short arrays from a pool.
function alone({ buffer, byteOffset, length }: Bytes): Bytes {
  const plain = new Uint8Array(buffer, byteOffset, length)
  if (buffer.byteLength === length) return plain
  const copy = plain.slice()
  plain.fill(0)
  return copy
}
