/**
 * Buckets whose objects are sealed before they leave, and opened after they came.
 *
 * @module
 */

import type { ObjectReader } from '../object/ranges.js'
import { readCount, readOptions, readSignal, refuse } from '../options.js'
import type { RootKey } from '../root-key.js'
import { readRootKeys } from '../slot/stored.js'
import type { BucketObject, ObjectHead } from './bucket-object.js'
import { namesOf, readConfig, writeConfig } from './config.js'
import { type CopyOptions, copy } from './copy.js'
import { StoreError } from './error.js'
import { anew, type GetOptions, get, getSubject, openForRanges, readWanted } from './get.js'
import { type Home, withSignal } from './home.js'
import { type ListedObject, type ListOptions, type ListPage, list } from './list.js'
import { readKey, readName } from './names.js'
import { type PutOptions, type PutResult, put, type Source } from './put.js'
import { respond } from './respond.js'
import { type RewrapBucketOptions, type RewrapReport, rewrap } from './rewrap.js'
import { clearSidecars } from './sidecar.js'
import { type ObjectStore, readStore } from './store.js'

/** Options of {@link EncryptedBucket.open} and {@link EncryptedBucket.create}. */
export interface BucketOptions {
  /** Made of your client: `s3(client)`, `cos(client)`, `r2(binding)`, `s3Fetch({ … })`. */
  readonly store: ObjectStore
  /** Of the bucket; for R2 what its slots are to say, as a binding has no name. */
  readonly name: string
  /** The root key that wraps and unwraps the data keys. */
  readonly rootKey?: RootKey
  /** Several: all wrap, any of them opens. */
  readonly rootKeys?: readonly RootKey[]
  /** Bytes of a part of an upload as stored, 5 MiB to 1 GiB; default 8 MiB. */
  readonly partLen?: number
  /** Parts under way at a time, 1 to 32; default 4. */
  readonly parallel?: number
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What operations without options of their own take. */
export interface CallOptions {
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const NAMES = ['store', 'name', 'rootKey', 'rootKeys', 'partLen', 'parallel', 'signal'] as const
const MIB = 1 << 20

/**
 * A bucket of an object store in which every object is sealed under a data key of its own.
 *
 * The store sees ciphertext and, in the metadata, slots that a root key has to open; it cannot
 * exchange, move or cut objects without notice.
 *
 * @example
 * const bucket = await EncryptedBucket.open({ store: s3(client), name: 'invoices', rootKey })
 * await bucket.put('2026/11.pdf', file.stream(), { contentType: 'application/pdf' })
 * const part = await bucket.get('2026/11.pdf', { range: 'bytes=1000000-1999999' })
 */
export class EncryptedBucket {
  /** Of the bucket. */
  readonly name: string
  /** The root keys that its configuration names. */
  readonly rootKeyNames: readonly string[]
  readonly #home: Home

  private constructor(home: Home) {
    this.#home = home
    this.name = home.name
    this.rootKeyNames = home.named
  }

  /**
   * Opens a bucket that {@link EncryptedBucket.create} made one: one request, for what it is.
   *
   * @throws {@link StoreError} `ERR_STORE_MISSING` if it has none; others of the store.
   * @throws {@link FormatError} `ERR_FORMAT_INVALID` if the configuration is of another bucket.
   */
  static async open(options: BucketOptions): Promise<EncryptedBucket> {
    const { home, signal } = readBucket(options)
    const { rootKeys } = await readConfig(home.store, home.name, withSignal(signal))
    return new EncryptedBucket({ ...home, named: rootKeys })
  }

  /**
   * Makes a bucket, unless it is there, and writes the configuration that names its root keys.
   *
   * One call to the key service for each root key, which also shows that it can be used.
   *
   * @throws {@link StoreError} `ERR_STORE_CONDITION` if it has a configuration.
   * @throws {@link KmsError} `ERR_KMS_*` if a root key does not wrap.
   */
  static async create(options: BucketOptions): Promise<EncryptedBucket> {
    const { home, signal } = readBucket(options)
    const terms = withSignal(signal)
    const named = await namesOf(home.rootKeys, home.name, terms)
    try {
      await home.store.create(terms)
    } catch (error) {
      const there = error instanceof StoreError && error.code === 'ERR_STORE_CONDITION'
      if (!there) throw error
    }
    const created = new Date().toISOString()
    const config = { v: 1, bucket: home.name, rootKeys: named, created } as const
    await writeConfig(home.store, config, terms)
    return new EncryptedBucket({ ...home, named })
  }

  /**
   * Seals and puts an object, whole or not at all.
   *
   * One call to the key service. Memory is bounded by `partLen` and `parallel`, whatever the
   * length; what is longer than a part goes up in parts, and a failure leaves none behind.
   *
   * @param key - Up to 1,024 bytes; nothing under `.tsutsumi/`.
   * @param source - Bytes are not modified and not retained.
   * @throws {@link StoreError} `ERR_STORE_CONDITION` if a condition is not met; others.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` if the bucket is configured for other root keys.
   * @throws {@link MisuseError} `ERR_LIMIT` for a context over 2 KB, or a stream over 10,000 parts.
   */
  async put(key: string, source: Source, options?: PutOptions): Promise<PutResult> {
    return put(this.#home, key, source, options)
  }

  /**
   * Gets an object, or a range of it.
   *
   * One call to the key service, and before anything is returned its first bytes are authentic. A
   * range fetches the chunks of 16 KiB that cover it and no more.
   *
   * @throws {@link StoreError} `ERR_STORE_MISSING` if there is none; others of the store.
   * @throws {@link FormatError} `ERR_FORMAT_*` if it was not put encrypted, or was cut short.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if body or slots were altered, or are of another
   *   object.
   * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` if the slots are of another place, type or
   *   context; `ERR_POLICY_KEY` if none is of these root keys.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; `ERR_KMS_KEY_STATE` if the root key is
   *   disabled or deleted.
   */
  async get(key: string, options?: GetOptions): Promise<BucketObject> {
    return get(this.#home, readWanted(key, options))
  }

  /**
   * Opens an object for any number of ranges: one call to the key service for all of them.
   *
   * @param options - All but `range`.
   * @returns The reader, to be disposed of.
   * @throws as {@link EncryptedBucket.get}.
   */
  async reader(key: string, options?: Omit<GetOptions, 'range'>): Promise<ObjectReader> {
    const wanted = readWanted(key, options)
    if (wanted.range !== undefined) refuse('range', 'is for `get`; `read` takes two numbers')
    return anew(wanted, async () => (await openForRanges(this.#home, wanted)).reader)
  }

  /**
   * Answers a GET or a HEAD with plaintext: ranges, several of them, and conditions as well.
   *
   * What a Service Worker or a server needs so that a `<video>` seeks in an encrypted object.
   *
   * @returns 200, 206, 304, 404, 405, 412 or 416.
   * @throws as {@link EncryptedBucket.get}, but for objects that are not there.
   * @example
   * addEventListener('fetch', (event) => event.respondWith(bucket.respond(key, event.request)))
   */
  async respond(key: string, request: Request): Promise<Response> {
    return respond(this.#home, key, request)
  }

  /** What is known of an object without asking the key service: a claim until it is opened. */
  async head(key: string, options?: CallOptions): Promise<ObjectHead> {
    return getSubject(this.#home, readKey(key), signalOf(options))
  }

  /** Lists one page of objects; their plaintexts' lengths take no further request. */
  async list(options?: ListOptions): Promise<ListPage> {
    return list(this.#home, options)
  }

  /** All objects, page by page. */
  async *objects(options?: Omit<ListOptions, 'token'>): AsyncGenerator<ListedObject> {
    let token: string | undefined
    do {
      const page = await list(this.#home, token === undefined ? options : { ...options, token })
      yield* page.objects
      token = page.token
    } while (token !== undefined)
  }

  /**
   * Copies an object: the store copies the body, and the slots are made anew for the new place.
   *
   * Two calls to the key service. The body is not read; only the R2 binding cannot copy, so there
   * it passes through, sealed as it is.
   */
  async copy(from: string, to: string, options?: CopyOptions): Promise<PutResult> {
    return copy(this.#home, from, this.#home, to, options)
  }

  /** Copies an object, then deletes it where it was. */
  async rename(from: string, to: string, options?: CopyOptions): Promise<PutResult> {
    if (from === to) refuse('to', 'is the same key')
    const result = await this.copy(from, to, options)
    await this.delete(from, options?.signal === undefined ? {} : { signal: options.signal })
    return result
  }

  /**
   * Has the key service wrap the slots of all objects anew that are under an older version.
   *
   * A request for each object, and two calls more for each that is stale: one to the key service,
   * one to the store, which copies the body onto itself. No body is read, no data key leaves the
   * key service. A campaign that was ended goes on where it is begun anew: what is done is passed.
   *
   * @throws {@link MisuseError} `ERR_ARGUMENT` if a root key cannot rewrap.
   * @throws {@link KmsError} `ERR_KMS_*`, {@link StoreError} `ERR_STORE_*`: what ends it.
   * @example
   * await rootKey.rotate()
   * const { rewrapped, versions } = await bucket.rewrap({ perSecond: 50 })
   */
  async rewrap(options?: RewrapBucketOptions): Promise<RewrapReport> {
    return rewrap(this.#home, options)
  }

  /** Deletes an object and what lies beside it; succeeds where there is none. */
  async delete(key: string, options?: CallOptions): Promise<void> {
    const [name, terms] = [readKey(key), withSignal(signalOf(options))]
    await this.#home.store.delete(name, terms)
    await clearSidecars(this.#home.store, name, undefined, terms)
  }
}

function signalOf(options: CallOptions | undefined): AbortSignal | undefined {
  return readSignal(readOptions(options, 'options', ['signal']).signal)
}

function readBucket(options: BucketOptions): {
  readonly home: Home
  readonly signal: AbortSignal | undefined
} {
  const read = readOptions(options, 'options', NAMES)
  const { rootKey, rootKeys } = read
  if ((rootKey === undefined) === (rootKeys === undefined)) {
    refuse('rootKey', 'or `rootKeys` has to be given, and not both')
  }
  const name = readName(read.name)
  const store = readStore(read.store)
  const terms = {
    name,
    rootKeys: readRootKeys(rootKey ?? rootKeys),
    named: [],
    partLen: readCount(read.partLen ?? 8 * MIB, 'partLen', 5 * MIB, 1024 * MIB),
    parallel: readCount(read.parallel ?? 4, 'parallel', 1, 32),
  }
  const signal = readSignal(read.signal)
  return { home: { ...terms, store: store.bucket(name) }, signal }
}
