/**
 * Getting: whole objects in one stream, ranges by the chunks that cover them.
 *
 * @module
 */

import { type Context, readContext } from '../context.js'
import { PolicyError } from '../errors.js'
import { type ObjectReader, openReader } from '../object/ranges.js'
import { openObjectStream } from '../object/stream.js'
import { CHUNK_LEN, HEADER_LEN } from '../object/work.js'
import { readOptions, readSignal, readText, refuse } from '../options.js'
import { samePairs } from '../same-pairs.js'
import type { StoredSlot } from '../slot/stored.js'
import { BucketObject, type ObjectHead } from './bucket-object.js'
import { REPLACED, refusalOf, StoreError } from './error.js'
import { type Home, termsOf, withSignal } from './home.js'
import { readMetadata, truncated } from './metadata.js'
import { readKey } from './names.js'
import { readRange, type Span } from './range.js'
import { gather, slotsOf } from './sidecar.js'
import type { GetTerms, StoredHead } from './store.js'

/** Options of {@link EncryptedBucket.get}. */
export interface GetOptions {
  /** The pairs that the object has to have; what it has is accepted where this is left out. */
  readonly context?: Context
  /** One range, as a header has it, such as `bytes=1000-1999` or `bytes=-500`. */
  readonly range?: string
  /** Only the object with this ETag. */
  readonly ifMatch?: string
  /** Ends the call and the stream early; both then fail with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What {@link GetOptions} come to. */
export interface Wanted {
  readonly key: string
  readonly context: Context | undefined
  readonly range: string | undefined
  readonly ifMatch: string | undefined
  readonly signal: AbortSignal | undefined
}

const NAMES = ['context', 'range', 'ifMatch', 'signal'] as const

/** How often a range is begun anew because the object was replaced meanwhile. */
const TRIES_MAX = 3

/** Plaintext bytes that a range is read in. */
const STRIDE = 256 * CHUNK_LEN

/** Checks a key and options. */
export function readWanted(key: string, options: GetOptions | undefined): Wanted {
  const { context, range, ifMatch, signal } = readOptions(options, 'options', NAMES)
  return {
    key: readKey(key),
    context: context === undefined ? undefined : readContext(context),
    range: range === undefined ? undefined : readText(range, 'range'),
    ifMatch: ifMatch === undefined ? undefined : readText(ifMatch, 'ifMatch'),
    signal: readSignal(signal),
  }
}

/** Gets an object, or one range of it. */
export async function get(home: Home, wanted: Wanted): Promise<BucketObject> {
  const { range } = wanted
  if (range === undefined) return getWhole(home, wanted)
  return anew(wanted, () => getRange(home, wanted, range))
}

async function getWhole(home: Home, wanted: Wanted): Promise<BucketObject> {
  const stored = await home.store.get(wanted.key, getTerms(wanted))
  try {
    checkTag(stored.head, wanted.ifMatch)
    const head = await describe(home, wanted.key, stored.head, wanted.signal)
    checkContext(head.context, wanted.context)
    const terms = termsOf(home, { ...head, signal: wanted.signal })
    const opening = openObjectStream(terms, head.slots)
    const whole = exactly(stored.stream, head.storedSize)
    const plaintext = whole.pipeThrough(opening).getReader()
    // The first piece proves key, place and header: before that nothing is returned.
    const first = await plaintext.read()
    return new BucketObject(head, undefined, resumed(first, plaintext))
  } catch (error) {
    if (!stored.stream.locked) await stored.stream.cancel(error).catch(() => {})
    throw error
  }
}

async function getRange(home: Home, wanted: Wanted, range: string): Promise<BucketObject> {
  const { head, reader } = await openForRanges(home, wanted)
  try {
    const spans = readRange(range, head.size)
    if (spans === 'all') refuse('range', 'has to be like `bytes=0-99`, `bytes=100-` or `bytes=-5`')
    if (spans === 'none') refuse('range', `is not there: the object has ${head.size} bytes`)
    const [span, more] = spans
    if (span === undefined || more !== undefined) {
      refuse('range', 'can only be one', 'Use `reader`, or `respond`, which answers several.')
    }
    return new BucketObject(head, span, await spanStream(reader, span, wanted.signal))
  } catch (error) {
    reader.dispose()
    throw error
  }
}

/** An object opened for ranges: what is known of it, and what reads it. */
export interface Opened {
  readonly head: ObjectHead
  readonly reader: ObjectReader
}

/**
 * Runs what takes several requests, and begins anew if the object is replaced between them.
 *
 * @throws {@link StoreError} `ERR_STORE_CONDITION` if that happens again and again.
 */
export async function anew<T>({ ifMatch }: Wanted, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      // An object of no bytes at all has not even the first range.
      if (error instanceof StoreError && error.status === 416) throw truncated(0)
      const replaced = error instanceof StoreError && error.code === 'ERR_STORE_CONDITION'
      if (!replaced || ifMatch !== undefined || tries === TRIES_MAX) throw error
    }
  }
}

/**
 * Opens an object for ranges: its header with its metadata in one request, one call to the key
 * service.
 */
export async function openForRanges(home: Home, wanted: Wanted): Promise<Opened> {
  const { key, signal } = wanted
  const first = await home.store.get(key, { ...getTerms(wanted), range: [0, HEADER_LEN] })
  const header = await gather(exactly(first.stream, Math.min(HEADER_LEN, first.head.size)))
  checkTag(first.head, wanted.ifMatch)
  const head = await describe(home, key, first.head, signal)
  checkContext(head.context, wanted.context)
  const { etag } = head
  const source = {
    size: head.storedSize,
    slots: head.slots,
    async fetch(start: number, end: number, stop?: AbortSignal): Promise<Uint8Array> {
      if (end <= header.length) return header.slice(start, end)
      const terms = { range: [start, end] as const, ifMatch: etag, ...withSignal(stop ?? signal) }
      const part = await home.store.get(key, terms)
      checkTag(part.head, etag)
      return gather(exactly(part.stream, end - start))
    },
  }
  return { head, reader: await openReader(source, termsOf(home, { ...head, signal })) }
}

// Some stores pass over the condition.
function checkTag(head: StoredHead, etag: string | undefined): void {
  if (etag === undefined || head.etag === etag) return
  throw refusalOf('get the object', REPLACED)
}

function getTerms({ ifMatch, signal }: Wanted): GetTerms {
  return { ...withSignal(signal), ...(ifMatch === undefined ? {} : { ifMatch }) }
}

/** What a store's head says; slots that lie elsewhere are fetched. */
export async function describe(
  home: Home,
  key: string,
  head: StoredHead,
  signal: AbortSignal | undefined,
): Promise<ObjectHead & { readonly slots: readonly StoredSlot[] }> {
  const entry = readMetadata(head)
  const slots = await slotsOf(home.store, key, entry.slots, withSignal(signal))
  return {
    key,
    size: entry.size,
    storedSize: head.size,
    etag: head.etag,
    modified: head.modified,
    contentType: entry.contentType,
    context: entry.context,
    slots,
  }
}

function checkContext(stored: Context, wanted: Context | undefined): void {
  if (wanted === undefined || samePairs(stored, wanted)) return
  throw new PolicyError('ERR_POLICY_CONTEXT', 'the context of the object is another one')
}

/** A stream that fails unless it has exactly so many bytes: a store that sends more is not read. */
function exactly(stream: ReadableStream<Uint8Array>, size: number): ReadableStream<Uint8Array> {
  const reader = stream.getReader()
  let left = size
  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        const { done, value } = await reader.read()
        if (done && left === 0) return out.close()
        if (done || value.length > left) {
          await reader.cancel().catch(() => {})
          throw truncated(size - left)
        }
        left -= value.length
        out.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** A reader that was read from once, as a stream again. */
function resumed(
  first: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>,
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next: typeof first | undefined = first
  return new ReadableStream(
    {
      async pull(out) {
        const { done, value } = next ?? (await reader.read())
        next = undefined
        if (done) out.close()
        else out.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

/** A range as a stream; its first part is read before it is returned. */
export async function spanStream(
  reader: ObjectReader,
  [start, end]: Span,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const read = async (from: number): Promise<Uint8Array<ArrayBuffer>> =>
    reader.read(from, Math.min(end, from + STRIDE - (from % CHUNK_LEN)), withSignal(signal))
  let at = start
  let next: Uint8Array<ArrayBuffer> | undefined = await read(start)
  return new ReadableStream(
    {
      async pull(out) {
        try {
          const bytes = next ?? (await read(at))
          next = undefined
          at += bytes.length
          if (bytes.length > 0) out.enqueue(bytes)
          if (at < end) return
          reader.dispose()
          out.close()
        } catch (error) {
          reader.dispose()
          throw error
        }
      },
      cancel: () => reader.dispose(),
    },
    { highWaterMark: 0 },
  )
}

/** What is known of an object, by its metadata alone. */
export async function getSubject(
  home: Home,
  key: string,
  signal: AbortSignal | undefined,
): ReturnType<typeof describe> {
  const terms = withSignal(signal)
  return describe(home, key, await home.store.head(key, terms), signal)
}
