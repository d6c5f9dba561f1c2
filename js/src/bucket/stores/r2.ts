/**
 * Cloudflare R2, through the binding of a worker.
 *
 * @module
 */

import { kindOf, refuse } from '../../options.js'
import { nonsense, REPLACED, refusalOf, StoreError } from '../error.js'
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
} from '../store.js'
import { entityTag } from './s3-names.js'

const NO_RANGE = { status: 416, reason: 'InvalidRange' } as const

interface R2Head {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly uploaded: Date
  readonly httpMetadata?: { readonly contentType?: string }
  readonly customMetadata?: Readonly<Record<string, string>>
  readonly body?: ReadableStream<Uint8Array>
}

interface R2Upload {
  readonly uploadId: string
  uploadPart(number: number, body: Uint8Array): Promise<{ readonly etag: string }>
  complete(parts: readonly object[]): Promise<R2Head>
  abort(): Promise<void>
}

interface R2List {
  readonly objects: readonly R2Head[]
  readonly delimitedPrefixes?: readonly string[]
  readonly truncated: boolean
  readonly cursor?: string
}

/** The operations of a binding that are used. */
interface Binding {
  head(key: string): Promise<R2Head | null>
  get(key: string, options: object): Promise<R2Head | null>
  put(key: string, body: Uint8Array, options: object): Promise<R2Head | null>
  delete(key: string): Promise<void>
  list(options: object): Promise<R2List>
  createMultipartUpload(key: string, options: object): Promise<R2Upload>
  resumeMultipartUpload(key: string, id: string): R2Upload
}

/** Bytes that a copy passes on at a time. */
const PART_LEN = 8 << 20

/**
 * The bucket behind a binding of a Cloudflare worker.
 *
 * The binding cannot copy: `copy`, `rename` and `rewrap` pass sealed bodies through the worker.
 * Conditions on what goes up in parts are checked before the last step, not with it.
 *
 * @param binding - Such as `env.BUCKET`. It stays yours.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
 * @example
 * const bucket = await EncryptedBucket.open({ store: r2(env.BUCKET), name: 'invoices', rootKey })
 */
export function r2(binding: object): ObjectStore {
  if ((typeof binding !== 'object' && typeof binding !== 'function') || binding === null) {
    refuse('binding', `has to be a binding of R2, not ${kindOf(binding)}`)
  }
  if (typeof Reflect.get(binding, 'createMultipartUpload') !== 'function') {
    refuse('binding', 'has no operations', 'Pass the binding itself, such as `env.BUCKET`.')
  }
  return { bucket: () => new R2Bucket(binding as Binding) }
}

class R2Bucket implements BucketStore {
  readonly #binding: Binding

  constructor(binding: Binding) {
    this.#binding = binding
  }

  async create(): Promise<void> {
    // A binding is there because its bucket is.
  }

  async put(key: string, body: Uint8Array<ArrayBuffer>, terms: PutTerms): Promise<string> {
    const done = await this.#run('put the object', terms, () =>
      this.#binding.put(key, body, { ...contentOf(terms), ...onlyIf(terms) }),
    )
    if (done === null) throw refused('put the object')
    return entityTag(done.etag)
  }

  async get(key: string, terms: GetTerms): Promise<StoredBody> {
    const { range, ifMatch } = terms
    const options = {
      ...(range === undefined ? {} : { range: { offset: range[0], length: range[1] - range[0] } }),
      ...(ifMatch === undefined ? {} : { onlyIf: { etagMatches: ifMatch } }),
    }
    const found = await this.#run('get the object', terms, () =>
      this.#binding.get(key, options),
    ).catch(async (error) => {
      const { size } = await this.head(key, terms)
      // The binding does not say what is wrong with a range that is not there.
      if (range !== undefined && size <= range[0]) throw refusalOf('get the object', NO_RANGE)
      throw error
    })
    if (found === null) throw missing('get the object')
    if (found.body === undefined || found.body === null) throw refused('get the object')
    return { head: headOf(found), stream: found.body }
  }

  async head(key: string, terms: CallTerms): Promise<StoredHead> {
    const found = await this.#run('describe the object', terms, () => this.#binding.head(key))
    if (found === null) throw missing('describe the object')
    return headOf(found)
  }

  async list(terms: ListTerms): Promise<StoredPage> {
    const { prefix, delimiter, after, token, limit } = terms
    const options = { prefix, delimiter, startAfter: after, cursor: token, limit }
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    const page = await this.#run('list objects', terms, () =>
      this.#binding.list(Object.fromEntries(given)),
    )
    return {
      entries: page.objects.map(({ key, size, etag, uploaded }) => ({
        key,
        size,
        etag: entityTag(etag),
        modified: uploaded,
      })),
      prefixes: page.delimitedPrefixes ?? [],
      token: page.truncated ? page.cursor : undefined,
    }
  }

  async copy(from: string, to: string, terms: CopyTerms): Promise<string> {
    const { size, sourceEtag, sourceBucket } = terms
    if (sourceBucket !== undefined) refuse('to', 'cannot be another bucket with a binding of R2')
    const signal = terms.signal === undefined ? {} : { signal: terms.signal }
    const part = async (start: number): Promise<Uint8Array<ArrayBuffer>> => {
      const range = [start, Math.min(size, start + PART_LEN)] as const
      const { stream } = await this.get(from, { range, ifMatch: sourceEtag, ...signal })
      return new Uint8Array(await new Response(stream).arrayBuffer())
    }
    if (size <= PART_LEN) return this.put(to, await part(0), terms)
    const id = await this.begin(to, terms)
    try {
      const parts: StoredPart[] = []
      for (let start = 0; start < size; start += PART_LEN) {
        parts.push(await this.part(to, id, parts.length + 1, await part(start), terms))
      }
      return await this.complete(to, id, parts, terms)
    } catch (error) {
      await this.abort(to, id, {}).catch(() => {})
      throw error
    }
  }

  async delete(key: string, terms: CallTerms): Promise<void> {
    await this.#run('delete the object', terms, () => this.#binding.delete(key))
  }

  async begin(key: string, terms: PutTerms): Promise<string> {
    const upload = await this.#run('begin an upload', terms, () =>
      this.#binding.createMultipartUpload(key, contentOf(terms)),
    )
    return upload.uploadId
  }

  async part(
    key: string,
    id: string,
    number: number,
    body: Uint8Array<ArrayBuffer>,
    terms: CallTerms,
  ): Promise<StoredPart> {
    const { etag } = await this.#run('take a part', terms, () =>
      this.#binding.resumeMultipartUpload(key, id).uploadPart(number, body),
    )
    return { number, size: body.length, etag: entityTag(etag) }
  }

  async complete(
    key: string,
    id: string,
    parts: readonly StoredPart[],
    terms: PutTerms,
  ): Promise<string> {
    await this.#check(key, terms)
    const list = parts.map(({ number, etag }) => ({ partNumber: number, etag }))
    const done = await this.#run('end the upload', terms, () =>
      this.#binding.resumeMultipartUpload(key, id).complete(list),
    )
    return entityTag(done.etag)
  }

  async abort(key: string, id: string, terms: CallTerms): Promise<void> {
    try {
      await this.#run('abort the upload', terms, () =>
        this.#binding.resumeMultipartUpload(key, id).abort(),
      )
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ERR_STORE_MISSING') return
      throw error
    }
  }

  async #check(key: string, { ifMatch, ifNoneMatch, ...terms }: PutTerms): Promise<void> {
    if (ifMatch === undefined && ifNoneMatch === undefined) return
    const found = await this.#run('describe the object', terms, () => this.#binding.head(key))
    const met = ifMatch === undefined ? found === null : found?.etag === ifMatch
    if (!met) throw refused('end the upload')
  }

  async #run<T>(action: string, { signal }: CallTerms, work: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    try {
      const done = await work()
      signal?.throwIfAborted()
      return done
    } catch (cause) {
      signal?.throwIfAborted()
      throw refusalOf(action, { ...said(cause), cause })
    }
  }
}

/** What the binding says in the text of its errors: `put: … (10050)`. */
function said(error: unknown): { readonly status?: number; readonly reason?: string } {
  const [, number] = /\((10\d{3})\)$/.exec(error instanceof Error ? error.message : '') ?? []
  const known = R2_CODES[number ?? '']
  return known === undefined ? {} : { status: known[0], reason: known[1] }
}

const R2_CODES: Readonly<Record<string, readonly [number, string]>> = {
  '10007': [404, 'NoSuchKey'],
  '10024': [404, 'NoSuchUpload'],
  '10025': [400, 'InvalidPart'],
  '10048': [400, 'InvalidPart'],
  '10031': [412, 'PreconditionFailed'],
  '10039': [416, 'InvalidRange'],
  '10058': [429, 'TooManyRequests'],
}

function headOf(found: R2Head): StoredHead {
  if (!Number.isSafeInteger(found.size)) throw nonsense('without the length of the object')
  return {
    size: found.size,
    etag: entityTag(found.etag),
    modified: found.uploaded,
    contentType: found.httpMetadata?.contentType,
    metadata: found.customMetadata ?? {},
  }
}

function contentOf({ metadata, contentType }: PutTerms): object {
  const type = contentType === undefined ? {} : { httpMetadata: { contentType } }
  return { customMetadata: metadata, ...type }
}

function onlyIf({ ifMatch, ifNoneMatch }: PutTerms): object {
  if (ifMatch !== undefined) return { onlyIf: { etagMatches: ifMatch } }
  return ifNoneMatch === undefined ? {} : { onlyIf: { etagDoesNotMatch: '*' } }
}

function refused(action: string): StoreError {
  return refusalOf(action, REPLACED)
}

function missing(action: string): StoreError {
  return refusalOf(action, { status: 404, reason: 'NoSuchKey' })
}
