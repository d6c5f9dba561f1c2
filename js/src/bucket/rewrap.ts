/**
 * Campaigns that bring the slots of a whole bucket under the newest version of its root keys.
 *
 * @module
 */

import { platformClock, sleep } from '../http/clock.js'
import { readCount, readOptions, readSignal, refuse } from '../options.js'
import { rewrapSlots, staleSlots } from '../slot/change.js'
import type { StoredSlot } from '../slot/stored.js'
import { probe } from './config.js'
import { StoreError } from './error.js'
import { getSubject } from './get.js'
import { type Home, termsOf, withSignal } from './home.js'
import { list } from './list.js'
import { beside, fit } from './sidecar.js'

/** Options of {@link EncryptedBucket.rewrap}. */
export interface RewrapBucketOptions {
  /** Counts what there is to do, and changes nothing. */
  readonly dryRun?: boolean
  /** Only keys that begin with this. */
  readonly prefix?: string
  /** Only keys that sort behind this one: `last` of the progress of a campaign that was ended. */
  readonly after?: string
  /** Objects under way at a time, 1 to 32; default 8. */
  readonly parallel?: number
  /** Objects begun in a second, at the most; default as many as there can be. */
  readonly perSecond?: number
  /** Told after each page of objects. */
  readonly progress?: (report: RewrapReport) => void
  /** Ends the campaign early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** How far a campaign got. */
export interface RewrapReport {
  /** Objects looked at. */
  readonly seen: number
  /** Objects whose slots were wrapped anew. */
  readonly rewrapped: number
  /** Objects that were replaced or deleted meanwhile: what is there now is newer. */
  readonly passed: number
  /** Objects under each version of a root key, as `root key @ version`, when they were left. */
  readonly versions: Readonly<Record<string, number>>
  /** The last key of the pages that are done; undefined before the first one. */
  readonly last: string | undefined
}

const NAMES = ['dryRun', 'prefix', 'after', 'parallel', 'perSecond', 'progress', 'signal'] as const

interface Campaign {
  readonly home: Home
  readonly dryRun: boolean
  readonly signal: AbortSignal | undefined
  /** What each root key wraps under now. */
  readonly current: readonly StoredSlot[]
  readonly counts: { seen: number; rewrapped: number; passed: number }
  readonly versions: Map<string, number>
}

/** Runs a campaign; see {@link EncryptedBucket.rewrap}. */
export async function rewrap(
  home: Home,
  options: RewrapBucketOptions | undefined,
): Promise<RewrapReport> {
  const read = readOptions(options, 'options', NAMES)
  const signal = readSignal(read.signal)
  const parallel = readCount(read.parallel ?? 8, 'parallel', 1, 32)
  const perSecond =
    read.perSecond === undefined ? undefined : readCount(read.perSecond, 'perSecond', 1, 1_000_000)
  if (home.rootKeys.some((key) => key.rewrap === undefined)) refuse('rootKey', 'cannot rewrap')
  const campaign: Campaign = {
    home,
    dryRun: read.dryRun === true,
    signal,
    current: await probe(home.rootKeys, home.name, withSignal(signal)),
    counts: { seen: 0, rewrapped: 0, passed: 0 },
    versions: new Map(),
  }
  let last = read.after
  const report = (): RewrapReport => ({
    ...campaign.counts,
    versions: Object.fromEntries(campaign.versions),
    last,
  })
  const pace = paced(perSecond, signal)
  const bounds = { ...withSignal(signal), ...(read.prefix ? { prefix: read.prefix } : {}) }
  for (let token: string | undefined; ; ) {
    const start = last === undefined ? {} : { after: last }
    const page = await list(home, { ...bounds, ...(token === undefined ? start : { token }) })
    await eachOf(page.objects, parallel, async ({ key, size }) => {
      await pace()
      signal?.throwIfAborted()
      if (size !== undefined) await renew(campaign, key)
    })
    last = page.objects.at(-1)?.key ?? last
    read.progress?.(report())
    if (page.token === undefined) return report()
    token = page.token
  }
}

async function renew(campaign: Campaign, key: string): Promise<void> {
  campaign.counts.seen += 1
  try {
    count(campaign, await renewSlots(campaign, key))
  } catch (error) {
    const code = error instanceof StoreError ? error.code : undefined
    if (code !== 'ERR_STORE_CONDITION' && code !== 'ERR_STORE_MISSING') throw error
    campaign.counts.passed += 1
  }
}

async function renewSlots(campaign: Campaign, key: string): Promise<readonly StoredSlot[]> {
  const { home, signal, current } = campaign
  const old = await getSubject(home, key, signal)
  const { context } = termsOf(home, { ...old, signal })
  let slots = old.slots
  for (const [i, { rootKey, rootKeyVersion }] of current.entries()) {
    const rootKeyOf = home.rootKeys[i]
    const stale = staleSlots(slots, { rootKey, version: rootKeyVersion })
    if (stale.length === 0 || rootKeyOf === undefined || campaign.dryRun) continue
    slots = await rewrapSlots(slots, rootKeyOf, { context, ...withSignal(signal) })
  }
  if (slots === old.slots) return slots
  const entry = { slots, context: old.context, contentType: old.contentType, length: old.size }
  const { metadata, sidecar } = await fit(home.store, key, entry, withSignal(signal))
  await beside(home.store, key, sidecar, (asking) => {
    asking()
    return home.store.copy(key, key, {
      metadata,
      sourceEtag: old.etag,
      size: old.storedSize,
      ...withSignal(signal),
      ...(old.contentType === undefined ? {} : { contentType: old.contentType }),
    })
  })
  campaign.counts.rewrapped += 1
  return slots
}

function count({ versions }: Campaign, slots: readonly StoredSlot[]): void {
  for (const { rootKey, rootKeyVersion } of slots) {
    const name = `${rootKey} @ ${rootKeyVersion ?? 'unknown'}`
    versions.set(name, (versions.get(name) ?? 0) + 1)
  }
}

/** Waits so long that no more than so many pass in a second. */
function paced(
  perSecond: number | undefined,
  signal: AbortSignal | undefined,
): () => Promise<void> {
  if (perSecond === undefined) return async () => {}
  let next = 0
  return async () => {
    const now = platformClock.now()
    next = Math.max(next, now) + 1000 / perSecond
    const wait_ms = next - 1000 / perSecond - now
    if (wait_ms > 0) await sleep(platformClock, wait_ms, signal)
  }
}

/** Runs work on all items, some at a time; what fails first ends it once all under way are done. */
async function eachOf<T>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let at = 0
  let failed: { readonly error: unknown } | undefined
  const worker = async (): Promise<void> => {
    while (at < items.length && failed === undefined) {
      const item = items[at++] as T
      try {
        await work(item)
      } catch (error) {
        failed ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  if (failed !== undefined) throw failed.error
}
