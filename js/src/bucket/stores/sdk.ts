/**
 * Buckets through clients that name operations and fields as the API of S3 does.
 *
 * @module
 */

import { at } from '../../http/refusal.js'
import { nonsense, type Refusal, refusalOf, StoreError } from '../error.js'
import type {
  BucketStore,
  CallTerms,
  CopyTerms,
  GetTerms,
  ListTerms,
  PutTerms,
  StoredBody,
  StoredHead,
  StoredPage,
  StoredPart,
  StoredUpload,
} from '../store.js'
import { named } from './body.js'
import { COPY_LEN_MAX, copySource, entityTag, listedTag, rangesOf, totalOf } from './s3-names.js'

/** The fields of a request, or of a reply. */
export type Fields = Readonly<Record<string, unknown>>

/** How a client is called. */
export interface Dialect {
  /** Calls an operation, such as `putObject`; rejects with the client's own errors. */
  call(operation: string, fields: Fields, terms: CallTerms): Promise<Fields>
  /** The body of a reply to `getObject`, as a stream. */
  stream(reply: Fields): ReadableStream<Uint8Array>
  /** What an error of the client says. */
  refusal(error: unknown): Refusal
}

/** A bucket through such a client. */
export function sdkBucket(dialect: Dialect, bucket: string): BucketStore {
  return new SdkBucket(dialect, bucket)
}

class SdkBucket implements BucketStore {
  readonly #dialect: Dialect
  readonly #bucket: string

  constructor(dialect: Dialect, bucket: string) {
    this.#dialect = dialect
    this.#bucket = bucket
  }

  async create(terms: CallTerms): Promise<void> {
    await this.#call('createBucket', 'make the bucket', {}, terms)
  }

  async put(key: string, body: Uint8Array<ArrayBuffer>, terms: PutTerms): Promise<string> {
    const fields = { Key: key, Body: body, ...contentOf(terms), ...conditionsOf(terms) }
    return etagOf(await this.#call('putObject', 'put the object', fields, terms))
  }

  async get(key: string, terms: GetTerms): Promise<StoredBody> {
    const { range, ifMatch } = terms
    const fields = {
      Key: key,
      ...(range === undefined ? {} : { Range: `bytes=${range[0]}-${range[1] - 1}` }),
      ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    }
    const reply = await this.#call('getObject', 'get the object', fields, terms)
    return { head: headOf(reply), stream: named(this.#dialect.stream(reply)) }
  }

  async head(key: string, terms: CallTerms): Promise<StoredHead> {
    return headOf(await this.#call('headObject', 'describe the object', { Key: key }, terms))
  }

  async list(terms: ListTerms): Promise<StoredPage> {
    const { prefix, delimiter, after, token, limit } = terms
    const fields = {
      MaxKeys: limit,
      ...(prefix === undefined ? {} : { Prefix: prefix }),
      ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
      ...(after === undefined ? {} : { StartAfter: after }),
      ...(token === undefined ? {} : { ContinuationToken: token }),
    }
    const reply = await this.#call('listObjectsV2', 'list objects', fields, terms)
    const next = reply['NextContinuationToken']
    return {
      entries: listOf(reply['Contents']).map((entry) => ({
        key: String(at(entry, 'Key')),
        size: Number(at(entry, 'Size')),
        etag: listedTag(at(entry, 'ETag')),
        modified: dateOf(at(entry, 'LastModified')),
      })),
      prefixes: listOf(reply['CommonPrefixes']).map((entry) => String(at(entry, 'Prefix'))),
      token: reply['IsTruncated'] === true && typeof next === 'string' ? next : undefined,
    }
  }

  async copy(from: string, to: string, terms: CopyTerms): Promise<string> {
    const source = {
      CopySource: copySource(terms.sourceBucket ?? this.#bucket, from),
      CopySourceIfMatch: `"${terms.sourceEtag}"`,
    }
    if (terms.size > COPY_LEN_MAX) return this.#copyParts(to, source, terms)
    const fields = {
      Key: to,
      MetadataDirective: 'REPLACE',
      ...source,
      ...contentOf(terms),
      ...conditionsOf(terms),
    }
    const reply = await this.#call('copyObject', 'copy the object', fields, terms)
    return entityTag(at(reply['CopyObjectResult'], 'ETag'))
  }

  async delete(key: string, terms: CallTerms): Promise<void> {
    await this.#call('deleteObject', 'delete the object', { Key: key }, terms)
  }

  async begin(key: string, terms: PutTerms): Promise<string> {
    const fields = { Key: key, ...contentOf(terms) }
    const reply = await this.#call('createMultipartUpload', 'begin an upload', fields, terms)
    const id = reply['UploadId']
    if (typeof id !== 'string' || id === '') throw nonsense('without the id of the upload')
    return id
  }

  async part(
    key: string,
    id: string,
    number: number,
    body: Uint8Array<ArrayBuffer>,
    terms: CallTerms,
  ): Promise<StoredPart> {
    const fields = { Key: key, UploadId: id, PartNumber: number, Body: body }
    const reply = await this.#call('uploadPart', 'take a part', fields, terms)
    return { number, size: body.length, etag: etagOf(reply) }
  }

  async complete(
    key: string,
    id: string,
    parts: readonly StoredPart[],
    terms: PutTerms,
  ): Promise<string> {
    const list = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` }))
    const fields = { Key: key, UploadId: id, MultipartUpload: { Parts: list } }
    const all = { ...fields, ...conditionsOf(terms) }
    return etagOf(await this.#call('completeMultipartUpload', 'end the upload', all, terms))
  }

  async abort(key: string, id: string, terms: CallTerms): Promise<void> {
    try {
      const fields = { Key: key, UploadId: id }
      await this.#call('abortMultipartUpload', 'abort the upload', fields, terms)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ERR_STORE_MISSING') return
      throw error
    }
  }

  async parts(key: string, id: string, terms: CallTerms): Promise<readonly StoredPart[]> {
    const found: StoredPart[] = []
    for (let marker: unknown; ; ) {
      const more = marker === undefined ? {} : { PartNumberMarker: marker }
      const fields = { Key: key, UploadId: id, ...more }
      const reply = await this.#call('listParts', 'list parts', fields, terms)
      for (const part of listOf(reply['Parts'])) {
        const [number, size] = [Number(at(part, 'PartNumber')), Number(at(part, 'Size'))]
        found.push({ number, size, etag: entityTag(at(part, 'ETag')) })
      }
      const next = reply['NextPartNumberMarker']
      if (reply['IsTruncated'] !== true || next === undefined || next === marker) return found
      marker = next
    }
  }

  async uploads(prefix: string, terms: CallTerms): Promise<readonly StoredUpload[]> {
    const fields = prefix === '' ? {} : { Prefix: prefix }
    const reply = await this.#call('listMultipartUploads', 'list uploads', fields, terms)
    return listOf(reply['Uploads']).map((upload) => ({
      key: String(at(upload, 'Key')),
      id: String(at(upload, 'UploadId')),
      begun: dateOf(at(upload, 'Initiated')),
    }))
  }

  async #copyParts(to: string, source: Fields, terms: CopyTerms): Promise<string> {
    const id = await this.begin(to, terms)
    try {
      const parts: StoredPart[] = []
      for (const [start, end] of rangesOf(terms.size)) {
        const number = parts.length + 1
        const fields = { Key: to, UploadId: id, PartNumber: number, ...source }
        const range = { CopySourceRange: `bytes=${start}-${end - 1}` }
        const all = { ...fields, ...range }
        const reply = await this.#call('uploadPartCopy', 'copy a part', all, terms)
        const etag = entityTag(at(reply['CopyPartResult'], 'ETag'))
        parts.push({ number, size: end - start, etag })
      }
      return await this.complete(to, id, parts, terms)
    } catch (error) {
      await this.abort(to, id, {}).catch(() => {})
      throw error
    }
  }

  async #call(
    operation: string,
    action: string,
    fields: Fields,
    terms: CallTerms,
  ): Promise<Fields> {
    const { signal } = terms
    signal?.throwIfAborted()
    try {
      const all = { Bucket: this.#bucket, ...fields }
      return await this.#dialect.call(operation, all, signal === undefined ? {} : { signal })
    } catch (error) {
      signal?.throwIfAborted()
      throw refusalOf(action, { ...this.#dialect.refusal(error), cause: error })
    }
  }
}

function contentOf({ metadata, contentType }: PutTerms): Fields {
  return { Metadata: metadata, ...(contentType === undefined ? {} : { ContentType: contentType }) }
}

function conditionsOf({ ifMatch, ifNoneMatch }: PutTerms): Fields {
  return {
    ...(ifMatch === undefined ? {} : { IfMatch: `"${ifMatch}"` }),
    ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
  }
}

function headOf(reply: Fields): StoredHead {
  const metadata: Record<string, string> = {}
  for (const [name, value] of Object.entries(reply['Metadata'] ?? {})) {
    metadata[name.toLowerCase()] = String(value)
  }
  const type = reply['ContentType']
  const length = Number(reply['ContentLength'])
  const size = totalOf(reply['ContentRange']) ?? length
  if (!Number.isSafeInteger(size)) throw nonsense('without the length of the object')
  return {
    size,
    etag: etagOf(reply),
    modified: dateOf(reply['LastModified']),
    contentType: typeof type === 'string' ? type : undefined,
    metadata,
  }
}

function etagOf(reply: Fields): string {
  return entityTag(reply['ETag'])
}

function dateOf(value: unknown): Date | undefined {
  const date = value instanceof Date ? value : new Date(String(value))
  return Number.isNaN(date.getTime()) ? undefined : date
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
