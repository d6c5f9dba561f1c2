/**
 * Object stores as an encrypted bucket sees them, whichever client speaks to them.
 *
 * @module
 */

import { kindOf, refuse } from '../options.js'

/** What is told with every call. */
export interface CallTerms {
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What goes with a body. */
export interface PutTerms extends CallTerms {
  readonly metadata: Readonly<Record<string, string>>
  readonly contentType?: string
  /** Only over the object that has this ETag. */
  readonly ifMatch?: string
  /** `*`: only where there is no object yet. */
  readonly ifNoneMatch?: '*'
}

/** What goes with a copy. */
export interface CopyTerms extends PutTerms {
  /** The ETag that the source has to have. */
  readonly sourceEtag: string
  /** Bytes of the source as stored. */
  readonly size: number
  /** The bucket of the source, where that is another one. */
  readonly sourceBucket?: string
}

/** What goes with reading a body. */
export interface GetTerms extends CallTerms {
  /** The first byte, and the one behind the last. */
  readonly range?: readonly [number, number]
  readonly ifMatch?: string
}

/** What a store tells of an object. */
export interface StoredHead {
  /** Bytes of the whole object as stored. */
  readonly size: number
  readonly etag: string
  readonly modified: Date | undefined
  readonly contentType: string | undefined
  /** By lower-case names, without the prefix of headers. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A body on its way. */
export interface StoredBody {
  readonly head: StoredHead
  readonly stream: ReadableStream<Uint8Array>
}

/** What a store tells of an object in a list. */
export interface StoredEntry {
  readonly key: string
  readonly size: number
  /** Undefined where lists do not tell. */
  readonly etag: string | undefined
  readonly modified: Date | undefined
}

/** What is asked of a list. */
export interface ListTerms extends CallTerms {
  readonly prefix?: string
  readonly delimiter?: string
  /** Only keys that sort behind this one. */
  readonly after?: string
  /** Where an earlier page ended. */
  readonly token?: string
  readonly limit: number
}

/** A page of a list. */
export interface StoredPage {
  readonly entries: readonly StoredEntry[]
  readonly prefixes: readonly string[]
  /** Where the next page begins; undefined for the last one. */
  readonly token: string | undefined
}

/** A part that a store has. */
export interface StoredPart {
  readonly number: number
  readonly size: number
  readonly etag: string
}

/** An upload that was begun and not ended. */
export interface StoredUpload {
  readonly key: string
  readonly id: string
  readonly begun: Date | undefined
}

/** One bucket of a store. */
export interface BucketStore {
  /** Makes the bucket; `ERR_STORE_CONDITION` if it is there. */
  create(terms: CallTerms): Promise<void>
  /** Returns the ETag. */
  put(key: string, body: Uint8Array<ArrayBuffer>, terms: PutTerms): Promise<string>
  get(key: string, terms: GetTerms): Promise<StoredBody>
  head(key: string, terms: CallTerms): Promise<StoredHead>
  list(terms: ListTerms): Promise<StoredPage>
  /** Copies without the body passing through here, where the store can. Returns the ETag. */
  copy(from: string, to: string, terms: CopyTerms): Promise<string>
  /** Succeeds where there is nothing. */
  delete(key: string, terms: CallTerms): Promise<void>
  /** Begins an upload in parts; returns its id. */
  begin(key: string, terms: PutTerms): Promise<string>
  part(
    key: string,
    id: string,
    number: number,
    body: Uint8Array<ArrayBuffer>,
    terms: CallTerms,
  ): Promise<StoredPart>
  /** Makes the parts the object; returns the ETag. */
  complete(key: string, id: string, parts: readonly StoredPart[], terms: PutTerms): Promise<string>
  /** Succeeds where there is no such upload any more. */
  abort(key: string, id: string, terms: CallTerms): Promise<void>
  /** The parts that arrived, in order; undefined where the store does not tell. */
  parts?(key: string, id: string, terms: CallTerms): Promise<readonly StoredPart[]>
  /** The uploads under way; undefined where the store does not tell. */
  uploads?(prefix: string, terms: CallTerms): Promise<readonly StoredUpload[]>
}

/** A client of a store; see {@link s3}, {@link cos}, {@link r2} and {@link s3Fetch}. */
export interface ObjectStore {
  /** One of its buckets; asks nobody. */
  bucket(name: string): BucketStore
}

/** Checks what was given as a store. */
export function readStore(value: unknown): ObjectStore {
  if (typeof value !== 'object' || value === null) {
    refuse('store', `has to be a store, not ${kindOf(value)}`, STORE_HINT)
  }
  if (typeof (value as Partial<ObjectStore>).bucket !== 'function') {
    refuse('store', 'has to have `bucket`', STORE_HINT)
  }
  return value as ObjectStore
}

const STORE_HINT =
  'Make one of your client: `s3(client)`, `cos(client)`, `r2(binding)`, `s3Fetch(…)`.'
