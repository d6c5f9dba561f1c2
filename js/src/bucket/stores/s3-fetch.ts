/**
 * Stores by plain requests, which something else signs.
 *
 * @module
 */

import { readUrl } from '../../http/settings.js'
import { readOptions, refuse } from '../../options.js'
import { nonsense, StoreError } from '../error.js'
import type {
  BucketStore,
  CallTerms,
  CopyTerms,
  GetTerms,
  ListTerms,
  ObjectStore,
  PutTerms,
  StoredBody,
  StoredHead,
  StoredPage,
  StoredPart,
  StoredUpload,
} from '../store.js'
import { named } from './body.js'
import { COPY_LEN_MAX, copySource, entityTag, listedTag, rangesOf, totalOf } from './s3-names.js'
import { type Bytes, Wire } from './s3-wire.js'
import { elements, escapeXml, textAt } from './xml.js'

/** Options of {@link s3Fetch}. */
export interface S3FetchOptions {
  /** Address of the store; buckets are the first segment of the path. */
  readonly url: string
  /** Sends a request signed, as `AwsClient.fetch` of `aws4fetch` does. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

const META = 'x-amz-meta-'

/**
 * A store that is asked by plain requests: in workers and browsers, without an SDK.
 *
 * A request that fails for a while is tried three times. The hash of every body is sent along, so
 * that the store refuses one that changed on the way.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` if `url` is no address of a store.
 * @example
 * const aws = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region })
 * const store = s3Fetch({ url, fetch: (url, init) => aws.fetch(url, init) })
 */
export function s3Fetch(options: S3FetchOptions): ObjectStore {
  const read = readOptions(options, 'options', ['url', 'fetch'])
  const url = readUrl(read.url, 'url')
  const { fetch } = read
  if (typeof fetch !== 'function') refuse('fetch', 'has to be a function')
  return { bucket: (name) => new FetchBucket({ url, fetch }, name) }
}

class FetchBucket implements BucketStore {
  readonly #wire: Wire
  readonly #bucket: string

  constructor(options: S3FetchOptions, bucket: string) {
    this.#wire = new Wire(options, bucket)
    this.#bucket = bucket
  }

  async create({ signal }: CallTerms): Promise<void> {
    await this.#wire.text({ method: 'PUT', action: 'make the bucket', signal })
  }

  async put(key: string, body: Bytes, terms: PutTerms): Promise<string> {
    const headers = { ...contentOf(terms), ...conditionsOf(terms) }
    const call = { method: 'PUT', action: 'put the object', key, headers, body }
    const reply = await this.#wire.send({ ...call, signal: terms.signal })
    await reply.body?.cancel()
    return entityTag(reply.headers.get('etag'))
  }

  async get(key: string, { range, ifMatch, signal }: GetTerms): Promise<StoredBody> {
    const headers = {
      ...(range === undefined ? {} : { range: `bytes=${range[0]}-${range[1] - 1}` }),
      ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    }
    const call = { method: 'GET', action: 'get the object', key, headers, signal }
    const reply = await this.#wire.send(call)
    return { head: headOf(reply), stream: named(reply.body) }
  }

  async head(key: string, { signal }: CallTerms): Promise<StoredHead> {
    return headOf(
      await this.#wire.send({ method: 'HEAD', action: 'describe the object', key, signal }),
    )
  }

  async list(terms: ListTerms): Promise<StoredPage> {
    const { prefix, delimiter, after, token, limit, signal } = terms
    const query = {
      'list-type': 2,
      'max-keys': limit,
      prefix,
      delimiter,
      'start-after': after,
      'continuation-token': token,
    }
    const xml = await this.#wire.text({ method: 'GET', action: 'list objects', query, signal })
    const next = textAt(xml, 'NextContinuationToken')
    return {
      entries: elements(xml, 'Contents').map((entry) => ({
        key: textAt(entry, 'Key') ?? '',
        size: Number(textAt(entry, 'Size')),
        etag: listedTag(textAt(entry, 'ETag')),
        modified: dateOf(textAt(entry, 'LastModified')),
      })),
      prefixes: elements(xml, 'CommonPrefixes').map((entry) => textAt(entry, 'Prefix') ?? ''),
      token: textAt(xml, 'IsTruncated') === 'true' ? next : undefined,
    }
  }

  async copy(from: string, to: string, terms: CopyTerms): Promise<string> {
    const source = {
      'x-amz-copy-source': copySource(terms.sourceBucket ?? this.#bucket, from),
      'x-amz-copy-source-if-match': `"${terms.sourceEtag}"`,
    }
    if (terms.size > COPY_LEN_MAX) return this.#copyParts(to, source, terms)
    const headers = {
      'x-amz-metadata-directive': 'REPLACE',
      ...source,
      ...contentOf(terms),
      ...conditionsOf(terms),
    }
    const call = { method: 'PUT', action: 'copy the object', key: to, headers }
    return tagIn(await this.#wire.text({ ...call, signal: terms.signal }))
  }

  async delete(key: string, { signal }: CallTerms): Promise<void> {
    await this.#wire.text({ method: 'DELETE', action: 'delete the object', key, signal })
  }

  async begin(key: string, terms: PutTerms): Promise<string> {
    const call = { method: 'POST', action: 'begin an upload', key, query: { uploads: '' } }
    const xml = await this.#wire.text({ ...call, headers: contentOf(terms), signal: terms.signal })
    const id = textAt(xml, 'UploadId')
    if (id === undefined || id === '') throw nonsense('without the id of the upload')
    return id
  }

  async part(
    key: string,
    id: string,
    number: number,
    body: Bytes,
    { signal }: CallTerms,
  ): Promise<StoredPart> {
    const query = { partNumber: number, uploadId: id }
    const reply = await this.#wire.send({
      method: 'PUT',
      action: 'take a part',
      key,
      query,
      body,
      signal,
    })
    await reply.body?.cancel()
    return { number, size: body.length, etag: entityTag(reply.headers.get('etag')) }
  }

  async complete(
    key: string,
    id: string,
    parts: readonly StoredPart[],
    terms: PutTerms,
  ): Promise<string> {
    const list = parts.map(
      ({ number, etag }) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(`"${etag}"`)}</ETag></Part>`,
    )
    const text = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`
    const body = new TextEncoder().encode(text)
    const call = { method: 'POST', action: 'end the upload', key, query: { uploadId: id }, body }
    const headers = conditionsOf(terms)
    return tagIn(await this.#wire.text({ ...call, headers, signal: terms.signal }))
  }

  async abort(key: string, id: string, { signal }: CallTerms): Promise<void> {
    const query = { uploadId: id }
    try {
      await this.#wire.text({ method: 'DELETE', action: 'abort the upload', key, query, signal })
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ERR_STORE_MISSING') return
      throw error
    }
  }

  async parts(key: string, id: string, { signal }: CallTerms): Promise<readonly StoredPart[]> {
    const found: StoredPart[] = []
    for (let marker: string | undefined; ; ) {
      const query = { uploadId: id, 'part-number-marker': marker }
      const xml = await this.#wire.text({ method: 'GET', action: 'list parts', key, query, signal })
      for (const part of elements(xml, 'Part')) {
        const [number, size] = [textAt(part, 'PartNumber'), textAt(part, 'Size')].map(Number)
        const etag = entityTag(textAt(part, 'ETag'))
        found.push({ number: number ?? 0, size: size ?? 0, etag })
      }
      const next = textAt(xml, 'NextPartNumberMarker')
      if (textAt(xml, 'IsTruncated') !== 'true' || next === marker) return found
      marker = next
    }
  }

  async uploads(prefix: string, { signal }: CallTerms): Promise<readonly StoredUpload[]> {
    const query = { uploads: '', prefix: prefix === '' ? undefined : prefix }
    const xml = await this.#wire.text({ method: 'GET', action: 'list uploads', query, signal })
    return elements(xml, 'Upload').map((upload) => ({
      key: textAt(upload, 'Key') ?? '',
      id: textAt(upload, 'UploadId') ?? '',
      begun: dateOf(textAt(upload, 'Initiated')),
    }))
  }

  async #copyParts(
    to: string,
    source: Readonly<Record<string, string>>,
    terms: CopyTerms,
  ): Promise<string> {
    const id = await this.begin(to, terms)
    try {
      const parts: StoredPart[] = []
      for (const [start, end] of rangesOf(terms.size)) {
        const number = parts.length + 1
        const query = { partNumber: number, uploadId: id }
        const headers = { ...source, 'x-amz-copy-source-range': `bytes=${start}-${end - 1}` }
        const call = { method: 'PUT', action: 'copy a part', key: to, query, headers }
        const etag = tagIn(await this.#wire.text({ ...call, signal: terms.signal }))
        parts.push({ number, size: end - start, etag })
      }
      return await this.complete(to, id, parts, terms)
    } catch (error) {
      await this.abort(to, id, {}).catch(() => {})
      throw error
    }
  }
}

function contentOf({ metadata, contentType }: PutTerms): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(metadata)) headers[`${META}${name}`] = value
  if (contentType !== undefined) headers['content-type'] = contentType
  return headers
}

function conditionsOf({ ifMatch, ifNoneMatch }: PutTerms): Record<string, string> {
  return {
    ...(ifMatch === undefined ? {} : { 'if-match': `"${ifMatch}"` }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
  }
}

function headOf({ headers }: Response): StoredHead {
  const metadata: Record<string, string> = {}
  for (const [name, value] of headers) {
    if (name.startsWith(META)) metadata[name.slice(META.length)] = value
  }
  const length = headers.get('content-length')
  const size =
    totalOf(headers.get('content-range')) ?? (length === null ? Number.NaN : Number(length))
  if (!Number.isSafeInteger(size)) throw nonsense('without the length of the object')
  return {
    size,
    etag: entityTag(headers.get('etag')),
    modified: dateOf(headers.get('last-modified') ?? undefined),
    contentType: headers.get('content-type') ?? undefined,
    metadata,
  }
}

function tagIn(xml: string): string {
  return entityTag(textAt(xml, 'ETag'))
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}
