/**
 * Stores through `ibm-cos-sdk`.
 *
 * @module
 */

import { orAborted } from '../../abort.js'
import { readBytes } from '../../bytes.js'
import { at } from '../../http/refusal.js'
import { kindOf, refuse } from '../../options.js'
import type { BucketStore, GetTerms, ObjectStore, StoredBody } from '../store.js'
import { type Dialect, type Fields, sdkBucket } from './sdk.js'

/** What a client returns for an operation, before it is sent. */
interface Pending {
  promise(): Promise<object>
  abort(): void
  on(event: string, listener: (pending: Sent) => void): void
}

interface Sent {
  readonly httpRequest: { readonly headers: Record<string, string> }
}

/** Conditions, which the client's own description of the API has not for all operations. */
const HEADERS: Readonly<Record<string, string>> = {
  IfMatch: 'If-Match',
  IfNoneMatch: 'If-None-Match',
}
const READING = new Set(['getObject', 'headObject'])

/** Stored bytes that are read at a time. */
const STRIDE = 8 << 20

/**
 * A store that the SDK of IBM Cloud Object Storage speaks to.
 *
 * @param client - `new COS.S3({ … })` of `ibm-cos-sdk`. It stays yours.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
 * @example
 * const store = cos(new COS.S3({ endpoint, apiKeyId, serviceInstanceId }))
 */
export function cos(client: object): ObjectStore {
  if (typeof client !== 'object' || client === null) {
    refuse('client', `has to be a client of Cloud Object Storage, not ${kindOf(client)}`)
  }
  if (typeof Reflect.get(client, 'putObject') !== 'function') {
    refuse('client', 'has no operations', 'Pass `new COS.S3({ … })`.')
  }
  const dialect: Dialect = {
    async call(operation, fields, { signal }) {
      const reply = { ...(await send(client, operation, fields, signal)) }
      return reply as Fields
    },
    stream: (reply) => new Blob([readBytes(reply['Body'], 'Body') as BlobPart]).stream(),
    refusal(error) {
      const [status, code, id] = [
        at(error, 'statusCode'),
        at(error, 'code'),
        at(error, 'requestId'),
      ]
      if (typeof status !== 'number') return {}
      return {
        status,
        reason: typeof code === 'string' ? code : undefined,
        requestId: typeof id === 'string' ? id : undefined,
      }
    },
  }
  return { bucket: (name) => striding(sdkBucket(dialect, name)) }
}

async function send(
  client: object,
  operation: string,
  fields: Fields,
  signal: AbortSignal | undefined,
): Promise<object> {
  const run = Reflect.get(client, operation) as (fields: Fields) => Pending
  const described: Record<string, unknown> = {}
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    const header = READING.has(operation) ? undefined : HEADERS[name]
    if (header === undefined) described[name] = value
    else headers[header] = String(value)
  }
  const pending = run.call(client, described)
  pending.on('build', ({ httpRequest }) => Object.assign(httpRequest.headers, headers))
  const work = pending.promise()
  if (signal === undefined) return work
  const stop = (): void => pending.abort()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await orAborted(work, signal)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

// The client gives streams in Node.js alone, so whole bodies are read in pieces of one ETag.
function striding(bucket: BucketStore): BucketStore {
  const get = bucket.get.bind(bucket)
  return Object.assign(bucket, {
    async get(key: string, terms: GetTerms): Promise<StoredBody> {
      if (terms.range !== undefined) return get(key, terms)
      const { size, etag } = await bucket.head(key, terms)
      const piece = (start: number): Promise<StoredBody> => {
        const range = [start, Math.min(size, start + STRIDE)] as const
        return get(key, { ifMatch: etag, ...terms, range })
      }
      if (size === 0) return get(key, terms)
      const first = await piece(0)
      return { head: { ...first.head, size }, stream: joined(first, size, piece) }
    },
  })
}

function joined(
  first: StoredBody,
  size: number,
  piece: (start: number) => Promise<StoredBody>,
): ReadableStream<Uint8Array> {
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* first.stream
    for (let start = STRIDE; start < size; start += STRIDE) yield* (await piece(start)).stream
  }
  const pieces = all()
  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        const { done, value } = await pieces.next()
        if (done === true) out.close()
        else out.enqueue(value)
      },
      async cancel() {
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
