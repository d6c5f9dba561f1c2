/** What the types say. Compiling this file is the test; running it shows that it was compiled. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type {
  Context,
  DataKey,
  Decrypted,
  DecryptStream,
  EncryptStream,
  Envelope,
  EnvelopeOptions,
  ErrorCode,
  inspect,
  KmsError,
  MessageReport,
  OpenError,
  RootKey,
  Slot,
  TsutsumiError,
  WrappingKey,
  wrappingKey,
} from 'tsutsumi'
import type {
  KeyProtect,
  KeyProtectOptions,
  KeyProtectRootKey,
  keyProtect,
  RootKeyDescription,
} from 'tsutsumi/key-protect'
import type { EmbeddedKeyProtect, embeddedKeyProtect } from 'tsutsumi/local'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type IsAny<T> = 0 extends 1 & T ? true : false
/** Fails to compile for what is not `true`. */
type Is<T extends true> = T
type Not<T extends false> = T
type Bytes = Uint8Array<ArrayBuffer>

export type Checks = [
  // The guard itself can fail: it tells `any` from what is none.
  Is<IsAny<ReturnType<typeof JSON.parse>>>,
  Not<IsAny<unknown>>,
  Not<Same<string, number>>,
  Is<Same<Awaited<ReturnType<Envelope['encrypt']>>, Bytes>>,
  Is<Same<Awaited<ReturnType<Envelope['decrypt']>>, Decrypted>>,
  Is<Same<Decrypted['plaintext'], Bytes>>,
  Is<Same<Decrypted['context'], Context>>,
  Is<Same<ReturnType<Envelope['encryptStream']>, EncryptStream>>,
  Is<Same<ReturnType<Envelope['decryptStream']>, DecryptStream>>,
  Is<Same<EncryptStream['readable'], ReadableStream<Bytes>>>,
  Is<Same<EncryptStream['writable'], WritableStream<Uint8Array>>>,
  Is<Same<DecryptStream['context'], Promise<Context>>>,
  Is<Same<ReturnType<typeof inspect>, MessageReport>>,
  Is<Same<ReturnType<typeof wrappingKey>, WrappingKey>>,
  Is<Same<ReturnType<typeof keyProtect>, KeyProtect>>,
  Is<Same<ReturnType<KeyProtect['key']>, KeyProtectRootKey>>,
  Is<Same<Awaited<ReturnType<KeyProtect['listRootKeys']>>, RootKeyDescription[]>>,
  Is<Same<Awaited<ReturnType<typeof embeddedKeyProtect>>, EmbeddedKeyProtect>>,
  Is<Same<Awaited<ReturnType<RootKey['wrap']>>, Slot>>,
  Is<Same<Awaited<ReturnType<RootKey['unwrap']>>, DataKey>>,
  Is<Same<TsutsumiError['code'], ErrorCode>>,
  Is<Same<Extract<TsutsumiError, { code: 'ERR_OPEN_FAILED' }>, OpenError>>,
  Is<Same<KmsError['retryable'], boolean>>,
  Is<KeyProtectRootKey extends RootKey ? true : false>,
  Is<WrappingKey extends RootKey ? true : false>,
  Is<EmbeddedKeyProtect extends KeyProtectOptions ? true : false>,
  Is<EncryptStream extends ReadableWritablePair<Uint8Array, Uint8Array> ? true : false>,
  Not<string extends EnvelopeOptions['rootKey'] ? true : false>,
  Not<{ rootKey: string } extends EnvelopeOptions ? true : false>,
  Not<IsAny<MessageReport['fields'][number]['name']>>,
  Not<IsAny<Slot['info']>>,
  Not<IsAny<Parameters<Envelope['encrypt']>[0]>>,
  Not<IsAny<Parameters<Envelope['decrypt']>[1]>>,
  Not<IsAny<KmsError['retryAfter_ms']>>,
  Not<IsAny<KeyProtectOptions['fetch']>>,
]

describe('types', () => {
  it('are what they should be, as this file compiles', () => {
    const count: Checks['length'] = 35
    assert.equal(count, 35)
  })
})
