/**
 * The private keys of import tokens, kept by the platform.
 *
 * @module
 */

import type { ImportTokens } from '../wasm/glue/service_bg.js'

const RSA = {
  name: 'RSA-OAEP',
  hash: 'SHA-256',
  modulusLength: 4096,
  publicExponent: new Uint8Array([1, 0, 1]),
} as const

/**
 * Makes key pairs and opens what was sealed for them; a private key cannot be read out.
 *
 * They end with this object: a token in a snapshot has expired wherever it is taken up again.
 */
export class PlatformImportTokens implements ImportTokens {
  // A new token takes the place of the one there is.
  #id = ''
  #key: CryptoKey | undefined

  /** Makes a key pair for a token and returns the public key as SPKI. */
  async generate(id: string): Promise<Uint8Array> {
    const pair = await crypto.subtle.generateKey(RSA, false, ['encrypt', 'decrypt'])
    const spki = await crypto.subtle.exportKey('spki', pair.publicKey)
    this.#id = id
    this.#key = pair.privateKey
    return new Uint8Array(spki)
  }

  /** Whether it has the private key of a token. */
  has(id: string): boolean {
    return this.#key !== undefined && this.#id === id
  }

  /** Opens what was sealed for a token; the service wipes what it is given. */
  async open(id: string, ciphertext: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    if (this.#key === undefined || this.#id !== id) throw new Error('the token is of another time')
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, this.#key, ciphertext))
  }
}
