/**
 * Copying: new slots for the new place, and the body as it is.
 *
 * @module
 */

import { type Context, readContext } from '../context.js'
import { readOptions, readSignal, readText, refuse } from '../options.js'
import { openSlots, type StoredSlot, wrapSlots } from '../slot/stored.js'
import { REPLACED, refusalOf } from './error.js'
import { type describe, getSubject } from './get.js'
import { type Home, termsOf, withSignal } from './home.js'
import { checkPairs, readKey } from './names.js'
import { checkNames, type PutResult, readType } from './put.js'
import { beside, fit } from './sidecar.js'
import type { CopyTerms } from './store.js'

/** Options of {@link EncryptedBucket.copy} and {@link EncryptedBucket.rename}. */
export interface CopyOptions {
  /** Pairs of the copy; those of the source where this is left out. */
  readonly context?: Context
  /** Of the copy; that of the source where this is left out. */
  readonly contentType?: string
  /** Only if the source has this ETag. */
  readonly ifMatch?: string
  /** `*`: only where there is no object yet. */
  readonly ifNoneMatch?: '*'
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const NAMES = ['context', 'contentType', 'ifMatch', 'ifNoneMatch', 'signal'] as const

/** Copies an object, within a bucket or from one to another. */
export async function copy(
  from: Home,
  source: string,
  to: Home,
  target: string,
  options: CopyOptions | undefined,
): Promise<PutResult> {
  const read = readOptions(options, 'options', NAMES)
  const [key, signal] = [readKey(source, 'from'), readSignal(read.signal)]
  const { ifNoneMatch } = read
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') refuse('ifNoneMatch', 'can only be `*`')
  const old = await getSubject(from, key, signal)
  const subject = {
    key: readKey(target, 'to'),
    context: read.context === undefined ? old.context : checkPairs(readContext(read.context)),
    contentType: read.contentType === undefined ? old.contentType : readType(read.contentType),
    signal,
  }
  const ifMatch = read.ifMatch === undefined ? undefined : readText(read.ifMatch, 'ifMatch')
  if (ifMatch !== undefined && ifMatch !== old.etag) throw refusalOf('copy the object', REPLACED)
  const slots = await rebind(from, old, to, subject)
  const { context, contentType } = subject
  const entry = { slots, context, contentType, length: old.size }
  const { metadata, sidecar } = await fit(to.store, subject.key, entry, withSignal(signal))
  const terms: CopyTerms = {
    metadata,
    sourceEtag: old.etag,
    size: old.storedSize,
    ...withSignal(signal),
    ...(contentType === undefined ? {} : { contentType }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(from.name === to.name ? {} : { sourceBucket: from.name }),
  }
  const etag = await beside(to.store, subject.key, sidecar, (asking) => {
    asking()
    return to.store.copy(key, subject.key, terms)
  })
  return { key: subject.key, etag, size: old.size, slots }
}

/** Opens the slots of one place and wraps the key for another. */
async function rebind(
  from: Home,
  old: Awaited<ReturnType<typeof describe>>,
  to: Home,
  subject: Parameters<typeof termsOf>[1],
): Promise<StoredSlot[]> {
  const [opened, bound] = [
    termsOf(from, { ...old, signal: subject.signal }),
    termsOf(to, subject),
  ].map(({ context, signal }) => ({ context, ...withSignal(signal) }))
  const dataKey = await openSlots(old.slots, from.rootKeys, opened)
  try {
    const slots = await wrapSlots(dataKey, to.rootKeys, bound)
    checkNames(to, slots)
    return slots
  } finally {
    dataKey.dispose()
  }
}
