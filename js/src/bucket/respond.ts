/**
 * Answers to HTTP requests for objects.
 *
 * @module
 */

import { refuse } from '../options.js'
import { headersOf, type ObjectHead, quoted } from './bucket-object.js'
import { StoreError } from './error.js'
import {
  anew,
  get,
  type Opened,
  openForRanges,
  readWanted,
  spanStream,
  type Wanted,
} from './get.js'
import type { Home } from './home.js'
import { contentRange, readRange, type Span } from './range.js'

/** Answers a GET or a HEAD for an object; see {@link EncryptedBucket.respond}. */
export async function respond(home: Home, key: string, request: Request): Promise<Response> {
  if (!(request instanceof Object) || typeof request.headers?.get !== 'function') {
    refuse('request', 'has to be a Request')
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
  }
  try {
    const wanted = readWanted(key, { signal: request.signal })
    return await anew(wanted, () => answer(home, wanted, request))
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ERR_STORE_MISSING') {
      return new Response(null, { status: 404 })
    }
    throw error
  }
}

async function answer(home: Home, wanted: Wanted, request: Request): Promise<Response> {
  const { headers, method } = request
  const conditional = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']
  const plain = !headers.has('range') && !conditional.some((name) => headers.has(name))
  if (plain && method === 'GET') return (await get(home, wanted)).response()
  const opened = await openForRanges(home, wanted)
  let response: Response | undefined
  try {
    response = await answerOpened(opened, request)
    return response
  } finally {
    // A stream disposes of the reader at its end.
    if (response?.body == null) opened.reader.dispose()
  }
}

async function answerOpened({ head, reader }: Opened, request: Request): Promise<Response> {
  const { headers: asked, method, signal } = request
  const headers = headersOf(head)
  const refused = precondition(head, asked)
  if (refused !== undefined) return new Response(null, { status: refused, headers })
  const range = ifRange(head, asked) ? readRange(asked.get('range'), head.size) : 'all'
  if (range === 'none') {
    headers.set('content-range', `bytes */${head.size}`)
    return new Response(null, { status: 416, headers })
  }
  if (method === 'HEAD' || range === 'all') {
    headers.set('content-length', String(head.size))
    const body = method === 'HEAD' ? null : await spanStream(reader, [0, head.size], signal)
    return new Response(body, { status: 200, headers })
  }
  const [span, second] = range
  if (span !== undefined && second === undefined) {
    headers.set('content-length', String(span[1] - span[0]))
    headers.set('content-range', contentRange(span, head.size))
    return new Response(await spanStream(reader, span, signal), { status: 206, headers })
  }
  return severalRanges({ head, reader }, range, headers)
}

/** The status that a condition of the request asks for instead of the object. */
function precondition(head: ObjectHead, headers: Headers): 304 | 412 | undefined {
  const seconds = Math.floor((head.modified?.getTime() ?? 0) / 1000) * 1000
  const match = headers.get('if-match')
  if (match !== null && !names(match, head.etag)) return 412
  const unmodified = Date.parse(headers.get('if-unmodified-since') ?? '')
  if (match === null && seconds > unmodified) return 412
  const none = headers.get('if-none-match')
  if (none !== null) return names(none, head.etag) ? 304 : undefined
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return head.modified !== undefined && seconds <= since ? 304 : undefined
}

function names(list: string, etag: string): boolean {
  const tags = list.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(quoted(etag)) || tags.includes(etag)
}

/** Whether a range is asked of the object that is there, and not of an older one. */
function ifRange(head: ObjectHead, headers: Headers): boolean {
  const condition = headers.get('if-range')
  if (condition === null || condition === quoted(head.etag)) return true
  const seconds = Math.floor((head.modified?.getTime() ?? 0) / 1000) * 1000
  return head.modified !== undefined && Date.parse(condition) === seconds
}

/** RFC 9110, section 14.6: several ranges are a body of several parts. */
function severalRanges(
  { head, reader }: Opened,
  spans: readonly Span[],
  headers: Headers,
): Response {
  const boundary = crypto.randomUUID()
  const type = headers.get('content-type') ?? ''
  const encoder = new TextEncoder()
  const titles = spans.map((span) =>
    encoder.encode(
      `\r\n--${boundary}\r\ncontent-type: ${type}\r\n` +
        `content-range: ${contentRange(span, head.size)}\r\n\r\n`,
    ),
  )
  const last = encoder.encode(`\r\n--${boundary}--\r\n`)
  const bytes = spans.reduce((sum, [start, end]) => sum + end - start, last.length)
  const length = titles.reduce((sum, title) => sum + title.length, bytes)
  headers.set('content-type', `multipart/byteranges; boundary=${boundary}`)
  headers.set('content-length', String(length))
  async function* body(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (const [i, [start, end]] of spans.entries()) {
      yield titles[i] as Uint8Array<ArrayBuffer>
      for (let at = start; at < end; at += STEP) {
        yield await reader.read(at, Math.min(end, at + STEP))
      }
    }
    yield last
  }
  const stream = streamOf(body(), () => reader.dispose())
  return new Response(stream, { status: 206, headers })
}

const STEP = 1 << 20

function streamOf(
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>,
  end: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      async pull(out) {
        try {
          const { done, value } = await pieces.next()
          if (done !== true) return out.enqueue(value)
          end()
          out.close()
        } catch (error) {
          end()
          throw error
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
