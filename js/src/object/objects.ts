/**
 * Objects, sealed and opened under root keys.
 *
 * @module
 */

import { openLongObject, sealLongObject } from '../bulk/object.js'
import { readBytes, stillThere } from '../bytes.js'
import { type Context, readContext } from '../context.js'
import type { BytePair } from '../message/relay.js'
import { readOptions, readSignal, refuse } from '../options.js'
import type { RootKey } from '../root-key.js'
import { readRootKeys, type StoredSlot } from '../slot/stored.js'
import { send } from '../wasm/memory.js'
import { type ObjectReader, type ObjectSource, openReader } from './ranges.js'
import { openObjectStream, type SealObjectStream, sealObjectStream } from './stream.js'
import { beginObject, HEADER_LEN, headerOf, openUnder, sealedLength, type Terms } from './work.js'

/** Options of {@link Objects}: one of the two. */
export interface ObjectsOptions {
  /** The root key that wraps and unwraps the data keys. */
  readonly rootKey?: RootKey
  /** Several: all wrap, any of them opens. */
  readonly rootKeys?: readonly RootKey[]
}

/** Options of sealing. */
export interface ObjectOptions {
  /** Bound to the object and its slots, and kept in neither; default empty. */
  readonly context?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Options of opening. */
export interface OpenObjectOptions extends ObjectOptions {
  /** What was kept beside the object, or its JSON. */
  readonly slots: string | readonly StoredSlot[]
}

/** What {@link Objects.seal} returns. */
export interface SealedObject {
  /** To store. */
  readonly body: Uint8Array<ArrayBuffer>
  /** To keep beside it: nothing in them is secret, and without them nothing opens. */
  readonly slots: StoredSlot[]
}

/**
 * Seals blobs of any size, and opens any range of them.
 *
 * The format is C2SP chunked encryption, Cobblestone-256, which Python and Go read as well; it
 * commits to its key and its context. The data key lies beside the object, in slots: rotating,
 * adding or replacing root keys never touches a body.
 *
 * @example
 * const objects = new Objects({ rootKey: kms.key('photos') })
 * const { body, slots } = await objects.seal(bytes, { context: { name: 'a.jpg' } })
 * const part = await objects.openRange({ size, slots, fetch }, 0, 100, { context })
 */
export class Objects {
  readonly #rootKeys: readonly RootKey[]

  /**
   * @param options - One to ten root keys.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
   */
  constructor(options: ObjectsOptions) {
    const { rootKey, rootKeys } = readOptions(options, 'options', ['rootKey', 'rootKeys'])
    if ((rootKey === undefined) === (rootKeys === undefined)) {
      refuse('rootKey', 'or `rootKeys` has to be given, and not both')
    }
    this.#rootKeys = readRootKeys(rootKey ?? rootKeys)
  }

  /**
   * Seals bytes.
   *
   * One call to the key service for each root key; both sides are held in memory.
   *
   * @param plaintext - Not modified, not retained; leave it alone until the promise settles.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   */
  async seal(plaintext: Uint8Array | ArrayBuffer, options?: ObjectOptions): Promise<SealedObject> {
    const bytes = readBytes(plaintext, 'plaintext')
    const { length } = bytes
    const { header, work, slots } = await beginObject(this.#sealTerms(options))
    try {
      stillThere(bytes, length, 'plaintext')
      const body = new Uint8Array(sealedLength(length))
      body.set(header)
      const rest = body.subarray(HEADER_LEN)
      await sealLongObject(work, bytes, rest)
      stillThere(bytes, length, 'plaintext')
      return { body, slots }
    } finally {
      work.dispose()
    }
  }

  /**
   * Opens a whole object.
   *
   * @param body - Not modified, not retained; leave it alone until the promise settles.
   * @throws {@link FormatError} `ERR_FORMAT_*` if the slots are malformed, or no object ends here.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if body or slots were altered, cut or swapped.
   * @throws {@link PolicyError} `ERR_POLICY_*` for another context or root key.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   */
  async open(
    body: Uint8Array | ArrayBuffer,
    options: OpenObjectOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = readBytes(body, 'body')
    const { length } = bytes
    const { slots, terms } = this.#openTerms(options)
    const header = headerOf(bytes)
    const work = await openUnder(terms, slots, (core, key, context) =>
      core.objectOpenerNew(key, context, send(core, header)),
    )
    try {
      stillThere(bytes, length, 'body')
      const opened = await openLongObject(work, bytes.subarray(HEADER_LEN))
      stillThere(bytes, length, 'body')
      return opened
    } finally {
      work.dispose()
    }
  }

  /**
   * Seals a stream of bytes in constant memory.
   *
   * @returns Two ends for `pipeThrough`, and the promise of the slots.
   * @example
   * const sealing = objects.sealStream()
   * await file.stream().pipeThrough(sealing).pipeTo(target)
   * await keep(await sealing.slots)
   */
  sealStream(options?: ObjectOptions): SealObjectStream {
    return sealObjectStream(this.#sealTerms(options))
  }

  /**
   * Opens a stream of bytes in constant memory.
   *
   * Every chunk that comes out is authentic. Whether the object is whole shows only at its end: a
   * stream that fails after some output says so in `hint`, and what came out has to be discarded.
   */
  openStream(options: OpenObjectOptions): BytePair {
    const { slots, terms } = this.#openTerms(options)
    return openObjectStream(terms, slots)
  }

  /**
   * Opens a range of an object that is somewhere else: fetches the chunks that cover it.
   *
   * @param source - How long the object is, its slots, and how to get a part of it.
   * @param start - Of the first byte of plaintext.
   * @param end - Behind the last one.
   * @throws as {@link ObjectReader.read} and {@link Objects.open}.
   */
  async openRange(
    source: ObjectSource,
    start: number,
    end: number,
    options?: ObjectOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const reader = await this.reader(source, options)
    try {
      const { signal } = options ?? {}
      return await reader.read(start, end, signal === undefined ? {} : { signal })
    } finally {
      reader.dispose()
    }
  }

  /**
   * Opens an object for any number of ranges: one call to the key service for all of them.
   *
   * @returns The reader, to be disposed of.
   */
  async reader(source: ObjectSource, options?: ObjectOptions): Promise<ObjectReader> {
    return await openReader(source, this.#sealTerms(options))
  }

  #sealTerms(options: ObjectOptions | undefined): Terms {
    const { context, signal } = readOptions(options, 'options', ['context', 'signal'])
    return { rootKeys: this.#rootKeys, context: readContext(context), signal: readSignal(signal) }
  }

  #openTerms(options: OpenObjectOptions): {
    readonly slots: string | readonly StoredSlot[]
    readonly terms: Terms
  } {
    const read = readOptions(options, 'options', ['context', 'signal', 'slots'])
    const { slots, ...more } = read
    if (slots === undefined) refuse('slots', 'have to be given')
    return { slots, terms: this.#sealTerms(more) }
  }
}
