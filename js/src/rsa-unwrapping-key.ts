/**
 * RSA keys that unwrap: the raw RSA keyring of the AWS Encryption SDK, for reading.
 *
 * @module
 */

import { adoptDataKey, type DataKey } from './data-key.js'
import { MisuseError, OpenError, PolicyError } from './errors.js'
import { isPlainObject, kindOf, readOptions, readText, refuse } from './options.js'
import {
  encodeSlot,
  type RootKey,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from './root-key.js'
import { enter } from './wasm/instance.js'
import { send } from './wasm/memory.js'

/** The hash of OAEP, and of its mask: one of those that WebCrypto has. */
export type RsaHash = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'

const HASHES: readonly RsaHash[] = ['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']

/** What an RSA key is called in the messages that it opens. */
export interface RsaUnwrappingKeyOptions {
  /** Who holds the key; the provider of its slots. Cannot begin with `aws-kms`. */
  readonly namespace: string
  /** Which of its keys this is. */
  readonly name: string
  /** For a JSON Web Key: the hash it is used with; a `CryptoKey` has its own. */
  readonly hash?: RsaHash
}

/** A root key that only unwraps; see {@link rsaUnwrappingKey}. */
export class RsaUnwrappingKey implements RootKey {
  readonly provider: string
  readonly id: string
  readonly #key: () => Promise<CryptoKey>

  /** Made by {@link rsaUnwrappingKey}. */
  constructor(key: () => Promise<CryptoKey>, options: RsaUnwrappingKeyOptions) {
    this.#key = key
    this.provider = options.namespace
    this.id = options.name
  }

  /**
   * Refuses: this key is for reading what others wrote.
   *
   * @throws {@link MisuseError} `ERR_ARGUMENT` always.
   */
  wrap(): Promise<Slot> {
    const error = new MisuseError('ERR_ARGUMENT', 'an RSA key unwraps only', {
      argument: 'rootKey',
      hint: 'Wrap with `wrappingKey`, or with a key service.',
    })
    return Promise.reject(error)
  }

  /**
   * Unwraps a slot by WebCrypto. RSA binds no context: only the message's header does.
   *
   * @param slot - As another writer made it.
   * @param options - A signal; the context is of no use here.
   * @returns The data key, to be disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if it does not decrypt, or to no data key.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    const { signal } = readWrapOptions(options)
    signal?.throwIfAborted()
    encodeSlot(slot)
    const { provider, id } = this
    if (slot.provider !== provider || !sameBytes(slot.info, new TextEncoder().encode(id))) {
      throw new PolicyError('ERR_POLICY_KEY', 'the slot belongs to another key')
    }
    const key = await this.#key()
    const plaintext = new Uint8Array(await decrypt(key, slot.ciphertext))
    try {
      return adoptDataKey(enter((core) => core.dataKeyLand(send(core, plaintext))))
    } finally {
      plaintext.fill(0)
    }
  }
}

// The reason why it fails is told to nobody.
async function decrypt(key: CryptoKey, block: Uint8Array): Promise<ArrayBuffer> {
  try {
    return await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, key, block.slice())
  } catch {
    throw new OpenError()
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/**
 * Makes a root key of an RSA private key, which opens what the raw RSA keyring of an AWS Encryption
 * SDK wrapped with OAEP.
 *
 * The RSA is WebCrypto's: the key may be one that cannot be extracted. The data key goes from there
 * into the core, and what WebCrypto gave is overwritten.
 *
 * @param key - A private `CryptoKey` for RSA-OAEP that may decrypt, or a JSON Web Key.
 * @param options - The names under which slots say whose they are, and for a JSON Web Key the hash.
 * @returns A root key for {@link Envelope} that reads, and does not write.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for another kind of key, or an empty name.
 * @example
 * const rootKey = rsaUnwrappingKey(privateKey, { namespace: 'acme', name: 'archive' })
 * const { plaintext } = await new Envelope({ rootKey }).decrypt(message, { context })
 */
export function rsaUnwrappingKey(
  key: CryptoKey | JsonWebKey,
  options: RsaUnwrappingKeyOptions,
): RsaUnwrappingKey {
  const read = readOptions(options, 'options', ['namespace', 'name', 'hash'])
  const namespace = readText(read.namespace, 'namespace')
  const name = readText(read.name, 'name')
  if (namespace.startsWith('aws-kms')) {
    refuse('namespace', 'cannot begin with `aws-kms`', 'That name belongs to the service of AWS.')
  }
  const imported = isJwk(key) ? ofJwk(key, readHash(read.hash)) : ofCryptoKey(key)
  return new RsaUnwrappingKey(imported, { namespace, name })
}

function isJwk(key: CryptoKey | JsonWebKey): key is JsonWebKey {
  return isPlainObject(key)
}

function readHash(hash: unknown): RsaHash {
  const known = HASHES.find((name) => name === hash)
  if (known === undefined) refuse('hash', `has to be one of ${HASHES.join(', ')}`)
  return known
}

function ofCryptoKey(key: unknown): () => Promise<CryptoKey> {
  if (typeof CryptoKey === 'undefined' || !(key instanceof CryptoKey)) {
    refuse('key', `has to be a CryptoKey or a JSON Web Key, not ${kindOf(key)}`)
  }
  if (key.type !== 'private' || key.algorithm.name !== 'RSA-OAEP') {
    refuse('key', 'has to be a private key for RSA-OAEP')
  }
  if (!key.usages.includes('decrypt')) refuse('key', "has to have the usage 'decrypt'")
  return async () => key
}

function ofJwk(jwk: JsonWebKey, hash: RsaHash): () => Promise<CryptoKey> {
  if (jwk.kty !== 'RSA' || typeof jwk.d !== 'string') {
    refuse('key', 'has to be a private RSA key')
  }
  let imported: Promise<CryptoKey> | undefined
  const algorithm = { name: 'RSA-OAEP', hash }
  return () => {
    imported ??= crypto.subtle.importKey('jwk', jwk, algorithm, false, ['decrypt']).catch(() => {
      refuse('key', `cannot be imported for RSA-OAEP with ${hash}`)
    })
    return imported
  }
}
