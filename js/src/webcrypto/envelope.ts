/**
 * Envelope encryption by the platform's cipher, for pages that may not run WebAssembly.
 *
 * @module
 */

import { concat, readBytes, stillThere } from '../bytes.js'
import type { DecryptStream } from '../decrypt-stream.js'
import type { EncryptStream } from '../encrypt-stream.js'
import type { Decrypted } from '../envelope.js'
import { type Limits, readLimits } from '../message/limits.js'
import {
  type DecryptOptions,
  type EncryptOptions,
  readOpenOptions,
  readSealOptions,
} from '../message/terms.js'
import { readOptions } from '../options.js'
import { readRootKeys } from '../root-key.js'
import { readHeader } from './header.js'
import { beginOpening } from './open.js'
import type { RootKey } from './root-key.js'
import { beginSealing } from './seal.js'
import { cutInHeader, openStream, sealStream } from './stream.js'

/** Options of an {@link Envelope}: one of `rootKey` and `rootKeys`. */
export interface EnvelopeOptions {
  /** The root key that wraps and unwraps the data keys. */
  readonly rootKey?: RootKey
  /** Several: all wrap, any of them opens. */
  readonly rootKeys?: readonly RootKey[]
  /** What to accept from a message before it is known to be authentic. */
  readonly limits?: Limits
}

/**
 * Encrypts and decrypts the messages of `tsutsumi` without its core.
 *
 * The platform's AES does the work, asynchronously: many calls for many frames, so that short
 * messages take longer than with the core. Data keys are handles that cannot be exported, but for
 * the moment in which root keys wrap them. Signed messages, and those of version 1, need the core.
 *
 * @example
 * const rootKey = await wrappingKey(bytes, { namespace: 'acme', name: 'laptop' })
 * const envelope = new Envelope({ rootKey })
 * const message = await envelope.encrypt(bytes, { context: { tenant: 'acme' } })
 */
export class Envelope {
  readonly #rootKeys: readonly RootKey[]
  readonly #limits: Required<Limits>

  /**
   * @param options - One to ten root keys.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
   */
  constructor(options: EnvelopeOptions) {
    const read = readOptions(options, 'options', ['rootKey', 'rootKeys', 'limits'])
    this.#limits = readLimits(read.limits)
    this.#rootKeys = readRootKeys(read.rootKey, read.rootKeys) as readonly unknown[] as RootKey[]
  }

  /**
   * Encrypts bytes into a message, as `encrypt` of `tsutsumi` does.
   *
   * @param plaintext - Not modified, not retained; leave it alone until the promise settles.
   * @param options - The context to bind the message to.
   * @returns The message.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what are no bytes, text by text or options.
   * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for context keys that are reserved.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   */
  async encrypt(
    plaintext: Uint8Array | ArrayBuffer,
    options?: EncryptOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = readBytes(plaintext, 'plaintext')
    const { length } = bytes
    const terms = { rootKeys: this.#rootKeys, ...readSealOptions(options) }
    const sealer = await beginSealing({ ...terms, plaintextBytes: length })
    try {
      stillThere(bytes, length, 'plaintext')
      const frames = await sealer.push(bytes)
      return concat([sealer.header, frames, await sealer.end()])
    } finally {
      sealer.dispose()
    }
  }

  /**
   * Decrypts a message of suite 0x0478, whoever sealed it.
   *
   * The context is compared before anything is asked of a root key.
   *
   * @param message - Not modified, not retained; leave it alone until the promise settles.
   * @param options - The context that was given to encrypt.
   * @returns The plaintext and the authentic context.
   * @throws {@link FormatError} `ERR_FORMAT_*` if the bytes are no message, or not a whole one.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if they were altered, or the key is another one.
   * @throws {@link PolicyError} `ERR_POLICY_*` for another context, suite or root key than allowed.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   */
  async decrypt(message: Uint8Array | ArrayBuffer, options?: DecryptOptions): Promise<Decrypted> {
    const bytes = readBytes(message, 'message')
    const { length } = bytes
    const terms = { rootKeys: this.#rootKeys, limits: this.#limits, ...readOpenOptions(options) }
    const header = readHeader(bytes, this.#limits)
    if (header === undefined) throw cutInHeader(length)
    const { context, opener } = await beginOpening(header, terms)
    stillThere(bytes, length, 'message')
    const plaintext = await opener.push(bytes.subarray(header.bytes.length))
    try {
      opener.end()
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
    return { plaintext, context }
  }

  /**
   * Encrypts a stream of bytes in constant memory.
   *
   * @param options - The context to bind the message to.
   * @returns Two ends, for `pipeThrough`.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for text by text or options that are none.
   */
  encryptStream(options?: EncryptOptions): EncryptStream {
    return sealStream({ rootKeys: this.#rootKeys, ...readSealOptions(options) })
  }

  /**
   * Decrypts a stream of bytes in constant memory.
   *
   * Every chunk that comes out is authentic. Whether the message is whole shows only at its end:
   * when the stream fails, what came out has to be discarded.
   *
   * @param options - The context that was given to encrypt.
   * @returns Two ends for `pipeThrough`, and the promise of the authentic context.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for text by text or options that are none.
   */
  decryptStream(options?: DecryptOptions): DecryptStream {
    return openStream({
      rootKeys: this.#rootKeys,
      limits: this.#limits,
      ...readOpenOptions(options),
    })
  }
}
