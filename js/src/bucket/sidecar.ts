/**
 * Slots beside an object that its metadata has no room for.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { FormatError, MisuseError } from '../errors.js'
import { parseSlots, type StoredSlot } from '../slot/stored.js'
import { StoreError } from './error.js'
import { type Entry, METADATA_LEN_MAX, metadataLength, writeMetadata } from './metadata.js'
import { SLOTS_PREFIX } from './names.js'
import type { BucketStore, CallTerms } from './store.js'

/** Bytes of slots, at the most. */
const SLOTS_LEN_MAX = 1 << 20

/** What to write beside an object. */
export interface Fitted {
  readonly metadata: Readonly<Record<string, string>>
  /** The object with the slots that was written for it. */
  readonly sidecar: string | undefined
}

/**
 * Makes metadata that every store takes; writes slots that are too long for it beside the object.
 *
 * The name is new each time: a reader of the older object still finds the older slots.
 *
 * @throws {@link MisuseError} `ERR_LIMIT` if the context alone is too long.
 */
export async function fit(
  store: BucketStore,
  key: string,
  entry: Entry,
  terms: CallTerms,
): Promise<Fitted> {
  const metadata = writeMetadata(entry)
  if (metadataLength(metadata) <= METADATA_LEN_MAX) return { metadata, sidecar: undefined }
  const id = crypto.randomUUID().replaceAll('-', '')
  const short = writeMetadata({ ...entry, slots: id })
  if (metadataLength(short) > METADATA_LEN_MAX) {
    throw new MisuseError('ERR_LIMIT', 'the context is longer than the metadata of an object', {
      argument: 'context',
      hint: `Names and values have ${METADATA_LEN_MAX} bytes in all, as JSON of ASCII.`,
    })
  }
  const sidecar = sidecarKey(key, id)
  const body = new TextEncoder().encode(JSON.stringify(entry.slots))
  await store.put(sidecar, body, { ...terms, metadata: {}, contentType: 'application/json' })
  return { metadata: short, sidecar }
}

/** The slots of an object, wherever they lie. */
export async function slotsOf(
  store: BucketStore,
  key: string,
  slots: Entry['slots'],
  terms: CallTerms,
): Promise<readonly StoredSlot[]> {
  if (typeof slots !== 'string') return parseSlots(JSON.stringify(slots))
  if (!/^[0-9a-f]{32}$/.test(slots)) throw lost()
  try {
    const { head, stream } = await store.get(sidecarKey(key, slots), terms)
    if (head.size > SLOTS_LEN_MAX) throw lost()
    return await parseSlots(new TextDecoder().decode(await gather(stream)))
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ERR_STORE_MISSING') throw lost()
    throw error
  }
}

/**
 * Stores an object, and removes the slots beside it that it then no longer has: the older ones, or
 * the new ones if the store refused the object. Where the store may have taken it all the same, or
 * only the removal fails, they stay: they may be its only slots.
 *
 * @param sidecar - The new one.
 * @param work - Stores; calls `asking` before the request that makes the object.
 */
export async function beside<T>(
  store: BucketStore,
  key: string,
  sidecar: string | undefined,
  work: (asking: () => void) => Promise<T>,
): Promise<T> {
  let asked = false
  let done: T
  try {
    done = await work(() => {
      asked = true
    })
  } catch (error) {
    if (sidecar !== undefined && (!asked || isRefusal(error))) {
      await store.delete(sidecar, {}).catch(() => {})
    }
    throw error
  }
  if (sidecar !== undefined) await clearSidecars(store, key, sidecar, {})
  return done
}

/** Whether the store has said that it did not do it. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof StoreError) || error.retryable) return false
  return error.status !== undefined && error.status >= 400 && error.status < 500
}

/** Removes the slots that lie beside an object, but for those that it still has. */
export async function clearSidecars(
  store: BucketStore,
  key: string,
  kept: string | undefined,
  terms: CallTerms,
): Promise<void> {
  const page = await store.list({ ...terms, prefix: sidecarKey(key, ''), limit: 1_000 })
  for (const { key: name } of page.entries) {
    if (name !== kept && name.startsWith(sidecarKey(key, ''))) await store.delete(name, terms)
  }
}

function sidecarKey(key: string, id: string): string {
  // Escaped, so that the sidecars of `a` are not among those of `a/b`.
  const name = `${SLOTS_PREFIX}${encodeURIComponent(key)}/${id}`
  if (name.length <= 1_024) return name
  throw new MisuseError('ERR_LIMIT', '`key` is too long for slots that lie beside the object', {
    argument: 'key',
  })
}

function lost(): FormatError {
  return new FormatError('ERR_FORMAT_INVALID', 'the slots that the metadata names are not there')
}

/** All bytes of a stream. */
export async function gather(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = []
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(parts)
    parts.push(value)
  }
}
