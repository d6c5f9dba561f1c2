/**
 * Envelope encryption: what most users call.
 *
 * @module
 */

import { readBytes, stillThere } from './bytes.js'
import { type Context, readContext } from './context.js'
import { type DecryptStream, decryptStream } from './decrypt-stream.js'
import { type EncryptStream, encryptStream } from './encrypt-stream.js'
import { FormatError } from './errors.js'
import { type Limits, readLimits } from './message/limits.js'
import { beginOpening, headerLength, openWhole, readHeader } from './message/open.js'
import { beginSealing, sealWhole } from './message/seal.js'
import { readOptions, readSignal, refuse } from './options.js'
import { type RootKey, readRootKey } from './root-key.js'
import { core } from './wasm/instance.js'

/** Options of an {@link Envelope}: one of `rootKey` and `rootKeys`. */
export interface EnvelopeOptions {
  /** The root key that wraps and unwraps the data keys. */
  readonly rootKey?: RootKey
  /** Several: all wrap, any of them opens. */
  readonly rootKeys?: readonly RootKey[]
  /** What to accept from a message before it is known to be authentic. */
  readonly limits?: Limits
}

/** Options of {@link Envelope.encrypt} and {@link Envelope.encryptStream}. */
export interface EncryptOptions {
  /** Stored with the message, in clear, authenticated; default empty. */
  readonly context?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Options of {@link Envelope.decrypt} and {@link Envelope.decryptStream}. */
export interface DecryptOptions {
  /**
   * What the context has to be, pair for pair; default empty. `'unchecked'` takes any: then the
   * caller has to look at the one that is returned.
   */
  readonly context?: Context | 'unchecked'
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What {@link Envelope.decrypt} returns. */
export interface Decrypted {
  /** The plaintext, in an array of its own. */
  readonly plaintext: Uint8Array<ArrayBuffer>
  /** The context of the message, authentic. */
  readonly context: Context
}

function readTerms(options: DecryptOptions | undefined): {
  readonly context: Context | 'unchecked'
  readonly signal: AbortSignal | undefined
} {
  const { context, signal } = readOptions(options, 'options', ['context', 'signal'])
  return {
    context: context === 'unchecked' ? context : readContext(context),
    signal: readSignal(signal),
  }
}

/**
 * Encrypts and decrypts under root keys that stay where they are.
 *
 * Each message has a data key of its own, made in the core and wrapped by the root key; what is
 * written is an AWS Encryption SDK message, version 2, suite 0x0478, which seven languages read.
 * Holds nothing that needs disposal.
 *
 * @example
 * const kms = keyProtect({ region: 'us-south', instance, apiKey })
 * const envelope = new Envelope({ rootKey: kms.key('orders') })
 * const message = await envelope.encrypt(bytes, { context: { tenant: 'acme' } })
 * const { plaintext } = await envelope.decrypt(message, { context: { tenant: 'acme' } })
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
    const { rootKey, rootKeys } = read
    if ((rootKey === undefined) === (rootKeys === undefined)) {
      refuse('rootKey', 'or `rootKeys` has to be given, and not both')
    }
    if (rootKeys !== undefined && !Array.isArray(rootKeys)) refuse('rootKeys', 'has to be an array')
    const all: readonly unknown[] = rootKeys ?? [rootKey]
    if (all.length === 0) refuse('rootKeys', 'cannot be empty')
    if (all.length > 10) refuse('rootKeys', 'has more than 10 root keys')
    this.#rootKeys = all.map(readRootKey)
  }

  /**
   * Encrypts bytes into a message.
   *
   * One call to the key service for each root key. For much data take
   * {@link Envelope.encryptStream}: here both sides are held in memory.
   *
   * @param plaintext - Not modified, not retained; leave it alone until the promise settles.
   * @param options - The context to bind the message to.
   * @returns The message, 132 bytes and a slot longer than the plaintext, plus 32 for each 64 KiB.
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
    const { context, signal } = readOptions(options, 'options', ['context', 'signal'])
    const sealing = await beginSealing(
      core,
      this.#rootKeys,
      readContext(context),
      readSignal(signal),
    )
    try {
      stillThere(bytes, length, 'plaintext')
      return sealWhole(sealing, bytes)
    } finally {
      sealing.sealer.dispose()
    }
  }

  /**
   * Decrypts a message that {@link Envelope.encrypt} or {@link Envelope.encryptStream} made.
   *
   * The context is compared before anything is asked of the key service, and only slots of the
   * configured root keys are ever sent to it: usually one call.
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
    const terms = { rootKeys: this.#rootKeys, ...readTerms(options) }
    const header = readHeader(core, bytes, this.#limits)
    if (header === undefined) {
      throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
        offset: bytes.length,
      })
    }
    try {
      const { context, opener } = await beginOpening(header, terms)
      try {
        stillThere(bytes, length, 'message')
        const body = bytes.subarray(headerLength(header))
        return { plaintext: openWhole(opener, body), context }
      } finally {
        opener.dispose()
      }
    } finally {
      header.dispose()
    }
  }

  /**
   * Encrypts a stream of bytes in constant memory.
   *
   * Nothing is done before the first read; a chunk of any size is used up piece by piece as the
   * reader asks, and its writer waits. An abort, a cancel or a failure ends both sides.
   *
   * @param options - The context to bind the message to.
   * @returns Two ends, for `pipeThrough`.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for text by text or options that are none.
   * @example
   * await file.stream().pipeThrough(envelope.encryptStream()).pipeTo(target)
   */
  encryptStream(options?: EncryptOptions): EncryptStream {
    const { context, signal } = readOptions(options, 'options', ['context', 'signal'])
    return encryptStream(this.#rootKeys, readContext(context), readSignal(signal))
  }

  /**
   * Decrypts a stream of bytes in constant memory.
   *
   * Every chunk that comes out is authentic. Whether the message is whole shows only at its end: a
   * stream that fails after some output says so in `hint`, and what came out has to be discarded.
   *
   * @param options - The context that was given to encrypt.
   * @returns Two ends for `pipeThrough`, and the promise of the authentic context.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for text by text or options that are none.
   * @example
   * await response.body.pipeThrough(envelope.decryptStream()).pipeTo(target)
   */
  decryptStream(options?: DecryptOptions): DecryptStream {
    const terms = { rootKeys: this.#rootKeys, ...readTerms(options) }
    return decryptStream(terms, this.#limits)
  }
}
