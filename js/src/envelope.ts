/**
 * Envelope encryption: what most users call.
 *
 * @module
 */

import { readBytes, stillThere } from './bytes.js'
import type { Context } from './context.js'
import { type DecryptStream, decryptStream } from './decrypt-stream.js'
import { type EncryptStream, encryptStream } from './encrypt-stream.js'
import { FormatError } from './errors.js'
import { type Limits, readLimits } from './message/limits.js'
import { beginOpening, headerLength, openShort, readHeaderOf } from './message/open.js'
import type { MessageRanges } from './message/ranges.js'
import { beginSealing, sealShort } from './message/seal.js'
import type { RangeSource } from './message/source.js'
import { readSuites, type SuiteOptions } from './message/suites.js'
import {
  type DecryptOptions,
  type EncryptOptions,
  type EnvelopeTerms,
  readOpenTerms,
  readSealTerms,
} from './message/terms.js'
import { readOptions } from './options.js'
import { type RootKey, readRootKeys } from './root-key.js'
import type { KeyTable } from './table/key-table.js'
import type { CreateTableOptions, OpenTableOptions } from './table/message.js'
import { core } from './wasm/instance.js'

/** Bytes from which on the platform's AES may be faster, and one call of the core is not enough. */
const LONG = 16_384

/** Options of an {@link Envelope}: one of `rootKey` and `rootKeys`. */
export interface EnvelopeOptions extends SuiteOptions {
  /** The root key that wraps and unwraps the data keys. */
  readonly rootKey?: RootKey
  /** Several: all wrap, any of them opens. */
  readonly rootKeys?: readonly RootKey[]
  /** What to accept from a message before it is known to be authentic. */
  readonly limits?: Limits
}

/** What {@link Envelope.decrypt} returns. */
export interface Decrypted {
  /** The plaintext, in an array of its own. */
  readonly plaintext: Uint8Array<ArrayBuffer>
  /** The context of the message, authentic. */
  readonly context: Context
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
  readonly #terms: EnvelopeTerms

  /**
   * @param options - One to ten root keys.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
   */
  constructor(options: EnvelopeOptions) {
    const names = ['rootKey', 'rootKeys', 'limits', 'commitment', 'keyDerivation'] as const
    const read = readOptions(options, 'options', names)
    this.#terms = {
      rootKeys: readRootKeys(read.rootKey, read.rootKeys),
      limits: readLimits(read.limits),
      allowed: readSuites(read),
    }
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
    const sealing = await beginSealing(core, {
      ...readSealTerms(this.#terms, options),
      plaintextBytes: length,
    })
    try {
      stillThere(bytes, length, 'plaintext')
      if (length < LONG) return sealShort(sealing, bytes)
      const { sealLong } = await import('./bulk/whole.js')
      return await sealLong(sealing, bytes)
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
    const terms = readOpenTerms(this.#terms, options)
    const header = await readHeaderOf(bytes, terms)
    if (header === undefined) {
      throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
        offset: bytes.length,
      })
    }
    try {
      const { context, opener } = await beginOpening(header, terms)
      try {
        stillThere(bytes, length, 'message')
        if (length < LONG) {
          const body = bytes.subarray(headerLength(header))
          return { plaintext: openShort(opener, body), context }
        }
        const { openLong } = await import('./bulk/whole.js')
        return { plaintext: await openLong(header, opener, bytes), context }
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
    return encryptStream(readSealTerms(this.#terms, options))
  }

  /**
   * Opens a message of which only parts will be read.
   *
   * Fetches its header and its final frame, by which its end is known, and asks for its data key
   * once. Only unsigned messages in frames have parts that can be verified.
   *
   * @param source - The message: bytes, a `Blob`, or an object with `length` and `read`.
   * @param options - The context that was given to encrypt.
   * @returns A reader, to be disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_SUITE` for signed messages and those in one piece.
   * @throws What {@link Envelope.decrypt} throws.
   * @example
   * using ranges = await envelope.decryptRanges(file)
   * const bytes = await ranges.read(7_000_000, 7_065_536)
   */
  async decryptRanges(source: RangeSource, options?: DecryptOptions): Promise<MessageRanges> {
    const terms = readOpenTerms(this.#terms, options)
    const { openRanges } = await import('./message/ranges.js')
    return await openRanges(source, terms)
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
    return decryptStream(readOpenTerms(this.#terms, options))
  }

  /**
   * Makes a table of keys, whose records are sealed and opened synchronously.
   *
   * No call to the key service: the table exists only here until {@link KeyTable.save}.
   *
   * @param options - The context that the table is bound to.
   * @returns The table, with one key; to be disposed of.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are none.
   * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for context keys that are reserved.
   * @example
   * const table = await envelope.createTable()
   * const field = table.seal('4242 4242 4242 4242', { row: '17' })
   */
  async createTable(options?: CreateTableOptions): Promise<KeyTable> {
    const { createTable } = await import('./table/message.js')
    return createTable(this.#terms, options)
  }

  /**
   * Opens a table: one call to the key service, and none for its records.
   *
   * @param message - What {@link KeyTable.save} returned; leave it alone until the promise settles.
   * @param options - The context that it was made with.
   * @returns The table, to be disposed of.
   * @throws {@link FormatError} `ERR_FORMAT_*` if the bytes are no message, or hold no keyset.
   * @throws {@link OpenError} {@link PolicyError} {@link KmsError} as {@link Envelope.decrypt};
   *   `ERR_POLICY_CONTEXT` also for a message that does not say that it is a table.
   * @example
   * const table = await envelope.openTable(stored)
   * const value = table.openText(field, { row: '17' })
   */
  async openTable(
    message: Uint8Array | ArrayBuffer,
    options?: OpenTableOptions,
  ): Promise<KeyTable> {
    const { openTable } = await import('./table/message.js')
    return openTable(this.#terms, message, options)
  }
}
