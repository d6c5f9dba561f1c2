/**
 * AES-256-GCM through SubtleCrypto, several calls at a time.
 *
 * @module
 */

import { InternalError, OpenError } from '../errors.js'
import type { Aes } from './aes.js'

const USES = { seal: 'encrypt', open: 'decrypt' } as const

/** An AES whose key cannot be read again. */
export function subtleAes(
  subtle: SubtleCrypto,
  key: Uint8Array,
  use: 'seal' | 'open',
): Promise<Aes> {
  // The platform copies the key, as it does with what is sealed, before this returns.
  const taken = subtle.importKey('raw', key as BufferSource, 'AES-GCM', false, [USES[use]])
  const failed = (cause: unknown): never => {
    throw new InternalError("the platform's AES failed", { cause })
  }
  const opened = (
    secret: CryptoKey,
    nonce: Uint8Array,
    aad: Uint8Array,
    sealed: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> =>
    subtle.decrypt(terms(nonce, aad), secret, sealed as BufferSource).then(
      (plaintext) => new Uint8Array(plaintext),
      () => {
        throw new OpenError()
      },
    )
  return taken.then(
    (secret) => ({
      seal: (nonce, aad, plaintext, out) =>
        subtle
          .encrypt(terms(nonce, aad), secret, plaintext as BufferSource)
          .then((sealed) => out.set(new Uint8Array(sealed)), failed),

      open: (nonce, aad, sealed, out) =>
        opened(secret, nonce, aad, sealed).then((plaintext) => {
          out.set(plaintext)
          plaintext.fill(0)
        }),

      opened: (nonce, aad, sealed) => opened(secret, nonce, aad, sealed),
    }),
    failed,
  )
}

function terms(iv: Uint8Array, aad: Uint8Array): AesGcmParams {
  const bound = aad.length > 0 ? { additionalData: aad as BufferSource } : {}
  return { name: 'AES-GCM', iv: iv as BufferSource, tagLength: 128, ...bound }
}
