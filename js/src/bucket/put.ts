/**
 * Putting: sealed as it is read, in one piece or in parts.
 *
 * @module
 */

import { readBytes, stillThere } from '../bytes.js'
import { type Context, readContext } from '../context.js'
import { MisuseError, PolicyError } from '../errors.js'
import type { BytePair } from '../message/relay.js'
import { sealObjectStream } from '../object/stream.js'
import { CHUNK_LEN, sealedLength } from '../object/work.js'
import { kindOf, readCount, readOptions, readSignal, readText, refuse } from '../options.js'
import type { RootKey } from '../root-key.js'
import type { StoredSlot } from '../slot/stored.js'
import { type Home, type Subject, termsOf, withSignal } from './home.js'
import { plaintextLength } from './metadata.js'
import { checkPairs, readKey } from './names.js'
import { Parts } from './parts.js'
import { beside, fit } from './sidecar.js'
import type { PutTerms } from './store.js'
import { PARTS_MAX, uploadAll } from './upload.js'

/** What can be put. */
export type Source = Uint8Array | ArrayBuffer | Blob | ReadableStream<Uint8Array>

/** Options of {@link EncryptedBucket.put}. */
export interface PutOptions {
  /** Bound to the object and returned with it: no other type can be put in its place. */
  readonly contentType?: string
  /** Pairs that are stored with the object in clear, and authenticated; default empty. */
  readonly context?: Context
  /** Only over the object that has this ETag. */
  readonly ifMatch?: string
  /** `*`: only where there is no object yet. */
  readonly ifNoneMatch?: '*'
  /** Bytes of a stream, where that is known; another number is refused. */
  readonly length?: number
  /** Ends the call early; it then rejects with the signal's reason, and nothing stays behind. */
  readonly signal?: AbortSignal
}

/** What {@link EncryptedBucket.put} returns. */
export interface PutResult {
  readonly key: string
  /** Of the object as stored. */
  readonly etag: string
  /** Bytes of plaintext. */
  readonly size: number
  /** Root keys and their versions, and nothing secret. */
  readonly slots: readonly StoredSlot[]
}

const NAMES = ['contentType', 'context', 'ifMatch', 'ifNoneMatch', 'length', 'signal'] as const

interface Read {
  readonly subject: Subject
  readonly conditions: Pick<PutTerms, 'ifMatch' | 'ifNoneMatch'>
  readonly length: number | undefined
}

/** Puts an object; see {@link EncryptedBucket.put}. */
export async function put(
  home: Home,
  key: string,
  source: Source,
  options: PutOptions | undefined,
): Promise<PutResult> {
  const { subject, conditions, length } = readPut(key, source, options)
  subject.signal?.throwIfAborted()
  const sealing = sealObjectStream(termsOf(home, subject))
  const feeding = feed(source, sealing)
  // The other end of the sealing reports a failure too, and that is the one that is waited for; a
  // source that cannot even be read does not reach that end by itself.
  feeding.catch((error) => sealing.writable.abort(error).catch(() => {}))
  const parts = new Parts(sealing.readable, partLength(home, length))
  try {
    const first = (await parts.next()) as Uint8Array<ArrayBuffer>
    const slots = await sealing.slots
    checkNames(home, slots)
    const { contentType, context, signal } = subject
    const entry = { slots, context, contentType, length }
    const { metadata, sidecar } = await fit(home.store, subject.key, entry, withSignal(signal))
    const terms: PutTerms = {
      metadata,
      ...conditions,
      ...withSignal(signal),
      ...(contentType === undefined ? {} : { contentType }),
    }
    let sent = first.length
    const upload = { store: home.store, key: subject.key, terms, parallel: home.parallel }
    const etag = await beside(home.store, subject.key, sidecar, async (asking) => {
      const check = (total: number): void => {
        sent = total
        if (length !== undefined && total !== sealedLength(length)) throw otherLength(length)
        asking()
      }
      if (!parts.ended) return uploadAll(upload, first, parts, check)
      check(first.length)
      return home.store.put(subject.key, first, terms)
    })
    await feeding
    return { key: subject.key, etag, size: plaintextLength(sent) ?? 0, slots }
  } catch (error) {
    await parts.cancel(error)
    await feeding.catch(() => {})
    throw error
  }
}

function readPut(key: string, source: Source, options: PutOptions | undefined): Read {
  const read = readOptions(options, 'options', NAMES)
  const { contentType, ifMatch, ifNoneMatch } = read
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') refuse('ifNoneMatch', 'can only be `*`')
  if (ifMatch !== undefined && ifNoneMatch !== undefined) {
    refuse('ifMatch', 'cannot be given together with `ifNoneMatch`')
  }
  const [given, known] = [read.length, lengthOf(source)]
  if (given !== undefined) readCount(given, 'length', 0, Number.MAX_SAFE_INTEGER)
  return {
    subject: {
      key: readKey(key),
      context: checkPairs(readContext(read.context)),
      contentType: contentType === undefined ? undefined : readType(contentType),
      signal: readSignal(read.signal),
    },
    conditions: {
      ...(ifMatch === undefined ? {} : { ifMatch: readText(ifMatch, 'ifMatch') }),
      ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    },
    length: given ?? known,
  }
}

/** Checks a content type: one line that a header can carry. */
export function readType(value: unknown): string {
  const type = readText(value, 'contentType')
  if (!/^[\x20-\x7e]{1,256}$/.test(type)) {
    refuse('contentType', 'has to be at most 256 characters that a header can carry')
  }
  return type
}

function isStream(source: Source): source is ReadableStream<Uint8Array> {
  return typeof Reflect.get(source, 'getReader') === 'function'
}

function isBlob(source: Source): source is Blob {
  return typeof Reflect.get(source, 'stream') === 'function'
}

function lengthOf(source: Source): number | undefined {
  if (typeof source !== 'object' || source === null) {
    refuse('source', `has to be bytes, a Blob or a stream, not ${kindOf(source)}`)
  }
  if (isStream(source)) return undefined
  return isBlob(source) ? source.size : readBytes(source, 'source').length
}

/** Puts the source through; rejects with what the source fails with. */
async function feed(source: Source, { writable }: BytePair): Promise<void> {
  if (isStream(source)) return source.pipeTo(writable)
  if (isBlob(source)) return source.stream().pipeTo(writable)
  return write(readBytes(source, 'source'), writable)
}

async function write(bytes: Uint8Array, writable: WritableStream<Uint8Array>): Promise<void> {
  const { length } = bytes
  const writer = writable.getWriter()
  await Promise.all([writer.write(bytes), writer.close()])
  stillThere(bytes, length, 'source')
}

/** Bytes of a part: so many that the upload has no more parts than stores take. */
function partLength(home: Home, length: number | undefined): number {
  if (length === undefined) return home.partLen
  const least = Math.ceil(sealedLength(length) / PARTS_MAX)
  const rounded = Math.ceil(least / CHUNK_LEN) * CHUNK_LEN
  // What fits into one part need not wait in a larger array than it fills.
  return Math.min(Math.max(home.partLen, rounded), sealedLength(length) + 1)
}

function otherLength(length: number): MisuseError {
  return new MisuseError('ERR_ARGUMENT', `\`source\` has not the ${length} bytes it said`, {
    argument: 'source',
  })
}

/** How a root key is called that wrapped a slot; what is no text has a nonce in it. */
export function nameOf(slot: StoredSlot, key: RootKey | undefined): string {
  return slot.rootKey.startsWith('base64:') ? (key?.id ?? '') : slot.rootKey
}

/**
 * Checks that the root keys are those of the bucket.
 *
 * @throws {@link PolicyError} `ERR_POLICY_KEY` for others.
 */
export function checkNames(home: Home, slots: readonly StoredSlot[]): void {
  const names = slots.map((slot, i) => nameOf(slot, home.rootKeys[i]))
  if (names.some((name) => home.named.includes(name))) return
  throw new PolicyError('ERR_POLICY_KEY', 'the bucket is configured for another root key', {
    hint: `It names ${home.named.map((name) => `\`${name}\``).join(', ')}.`,
  })
}
