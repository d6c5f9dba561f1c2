/**
 * Objects of an encrypted bucket, as they are read.
 *
 * @module
 */

import type { Context } from '../context.js'
import type { StoredSlot } from '../slot/stored.js'
import { contentRange, type Span } from './range.js'
import { gather } from './sidecar.js'

/** What is known of an object without opening it: a claim of the store until it is opened. */
export interface ObjectHead {
  readonly key: string
  /** Bytes of plaintext. */
  readonly size: number
  /** Bytes as stored. */
  readonly storedSize: number
  /** Of the object as stored. */
  readonly etag: string
  readonly modified: Date | undefined
  readonly contentType: string | undefined
  readonly context: Context
  /** Root keys and their versions, and nothing secret. */
  readonly slots: readonly StoredSlot[]
}

/**
 * An object, or a part of it, that is being read: what stands here is authentic.
 *
 * Every byte of the stream is authentic as well. That the object is whole shows at its end: the
 * stream fails where it was cut short, and what came out has to be discarded.
 */
export class BucketObject {
  readonly key: string
  /** Bytes of plaintext of the whole object. */
  readonly size: number
  readonly etag: string
  readonly modified: Date | undefined
  readonly contentType: string | undefined
  readonly context: Context
  /** The first byte that is read, and the one behind the last; undefined for the whole. */
  readonly range: Span | undefined
  /** The plaintext; can be read once. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>

  /** Made by {@link EncryptedBucket.get}. */
  constructor(
    head: ObjectHead,
    range: Span | undefined,
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  ) {
    this.key = head.key
    this.size = head.size
    this.etag = head.etag
    this.modified = head.modified
    this.contentType = head.contentType
    this.context = head.context
    this.range = range
    this.stream = stream
  }

  /** Reads all of it into memory. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return gather(this.stream)
  }

  /** Reads all of it as UTF-8. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  /** A response with the headers that go with it: 200, or 206 for a range. */
  response(): Response {
    const headers = headersOf(this)
    const [start, end] = this.range ?? [0, this.size]
    headers.set('content-length', String(end - start))
    if (this.range === undefined) return new Response(this.stream, { status: 200, headers })
    headers.set('content-range', contentRange(this.range, this.size))
    return new Response(this.stream, { status: 206, headers })
  }
}

/** The headers that every answer about an object has. */
export function headersOf(object: {
  readonly etag: string
  readonly modified: Date | undefined
  readonly contentType: string | undefined
}): Headers {
  const headers = new Headers({ 'accept-ranges': 'bytes', etag: quoted(object.etag) })
  headers.set('content-type', object.contentType ?? 'application/octet-stream')
  if (object.modified !== undefined) headers.set('last-modified', object.modified.toUTCString())
  return headers
}

/** An ETag as headers have it. */
export function quoted(etag: string): string {
  return `"${etag}"`
}
