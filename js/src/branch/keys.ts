/**
 * Branch keys as a root key that an envelope takes.
 *
 * @module
 */

import type { Context } from '../context.js'
import { DataKey, dataKeyHandle } from '../data-key.js'
import { type Clock, platformClock } from '../http/clock.js'
import { refuse } from '../options.js'
import {
  encodeSlot,
  type RewrapOptions,
  type RootKey,
  readRewrapOptions,
  readRootKey,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from '../root-key.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import type { Instance } from '../wasm/instance.js'
import { BranchCache, type BranchCounters, Entry } from './cache.js'
import { type BranchKeysOptions, readSettings, type Settings } from './settings.js'
import {
  boundTo,
  branchHandle,
  nameOf,
  PROVIDER,
  rootSlotOf,
  unwrapUnder,
  withRootSlot,
  wrapUnder,
} from './slot.js'

interface Terms {
  readonly context: Context
  readonly signal: AbortSignal | undefined
  readonly partition: string
  readonly name: readonly (string | number)[]
}

/** A root key that asks another one only for branch keys; see {@link branchKeys}. */
export class BranchKeys implements RootKey {
  readonly provider: string = PROVIDER
  readonly id: string
  readonly #rootKey: RootKey
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #cache: BranchCache
  readonly #calls = { wraps: 0, unwraps: 0 }

  /** Made by {@link branchKeys}. */
  constructor(rootKey: RootKey, settings: Settings, clock: Clock) {
    this.id = rootKey.id
    this.#rootKey = rootKey
    this.#settings = settings
    this.#clock = clock
    this.#cache = new BranchCache(clock, settings.maxEntries)
  }

  /**
   * Wraps a data key under the branch key of its partition.
   *
   * No call, but one for all that ask at once where there is no branch key yet, or its limits are
   * reached.
   *
   * @param dataKey - Stays usable.
   * @param options - The context that unwrapping has to show again; a signal.
   * @throws what the root key's `wrap` throws.
   */
  async wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot> {
    const terms = this.#terms(options)
    void dataKeyHandle(dataKey).id
    const bytes = options?.plaintextBytes ?? Number.POSITIVE_INFINITY
    const name = JSON.stringify(['seal', ...terms.name])
    const work = (entry: Entry): Slot | undefined =>
      this.#take(entry, bytes)
        ? wrapUnder(entry.handle, entry.version, dataKey, terms.context)
        : undefined
    const load = (stop: AbortSignal): Promise<Entry> => this.#plant(name, terms, stop)
    // Those who waited for a branch key that the others among them have used up ask for the next.
    for (;;) {
      terms.signal?.throwIfAborted()
      const slot =
        this.#cache.hit(name, work) ?? (await this.#cache.join(name, load, terms.signal, work))
      if (slot !== undefined) return slot
    }
  }

  /**
   * Unwraps a data key under the branch key that its slot carries.
   *
   * One call for each branch key, whatever the number of slots, and of those who ask at once.
   *
   * @param slot - As {@link BranchKeys.wrap} returned it, here or elsewhere.
   * @param options - The same context as then; a signal.
   * @returns The data key, to be disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another root key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if it was altered, or is of another context or
   *   partition.
   * @throws what the root key's `unwrap` throws.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    const terms = this.#terms(options)
    terms.signal?.throwIfAborted()
    const encoded = encodeSlot(slot)
    const rootSlot = rootSlotOf(slot, this.#rootKey.provider)
    const name = nameOf(terms.name, rootSlot)
    const work = (entry: Entry): DataKey => unwrapUnder(entry.handle, encoded, terms.context)
    const load = (stop: AbortSignal): Promise<Entry> => this.#graft(name, rootSlot, terms, stop)
    return this.#cache.hit(name, work) ?? (await this.#cache.join(name, load, terms.signal, work))
  }

  /**
   * Has the service wrap the branch key in a slot anew; the data key under it stays as it is.
   *
   * @param slot - As {@link BranchKeys.wrap} returned it.
   * @param options - The context, which is needed only where the partition is made of it.
   * @throws {@link MisuseError} `ERR_ARGUMENT` if the root key cannot rewrap.
   * @throws what the root key's `rewrap` throws.
   */
  async rewrap(slot: Slot, options?: RewrapOptions): Promise<Slot> {
    const { signal } = readRewrapOptions(options)
    encodeSlot(slot)
    const context = boundTo(this.#settings.partition(options?.context))
    const rootSlot = rootSlotOf(slot, this.#rootKey.provider)
    if (this.#rootKey.rewrap === undefined) refuse('rootKey', 'cannot rewrap')
    const rewrapped = await this.#rootKey.rewrap(rootSlot, withSignal({ context }, signal))
    return withRootSlot(slot, rewrapped)
  }

  /** What was asked of the root key so far, and what is held. */
  counters(): BranchCounters {
    return { ...this.#cache.counters(), ...this.#calls }
  }

  /** Overwrites all branch keys; the next use asks the root key again. */
  dispose(): void {
    this.#cache.clear()
  }

  /** What `using` calls: the same as {@link BranchKeys.dispose}. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  #terms(options: WrapOptions | undefined): Terms {
    const { context, signal } = readWrapOptions(options)
    const { suite, commitment } = options ?? {}
    const partition = this.#settings.partition(context)
    const { provider, id } = this.#rootKey
    // What may be opened under one policy is looked up anew under another one.
    const name = [provider, id, suite ?? '', commitment ?? '', partition]
    return { context, signal, partition, name }
  }

  #take(entry: Entry, bytes: number): boolean {
    const { maxMessages, maxBytes } = this.#settings
    const fits = entry.messages < maxMessages && entry.bytes + bytes <= maxBytes
    // A message that is over the limit by itself has a branch key of its own.
    if (entry.messages > 0 && !fits) return false
    entry.messages += 1
    entry.bytes += bytes
    return true
  }

  // Makes a branch key and has the root key wrap it; those who read the messages find it as well.
  async #plant(name: string, terms: Terms, signal: AbortSignal): Promise<Entry> {
    this.#calls.wraps += 1
    const key = DataKey.generate()
    try {
      const slot = await this.#rootKey.wrap(key, { context: boundTo(terms.partition), signal })
      signal.throwIfAborted()
      const entry = this.#entry(await loadFormats(), key, slot)
      this.#cache.keep(name, entry)
      this.#cache.keep(nameOf(terms.name, slot), entry)
      return entry
    } finally {
      key.dispose()
    }
  }

  async #graft(name: string, slot: Slot, terms: Terms, signal: AbortSignal): Promise<Entry> {
    this.#calls.unwraps += 1
    const key = await this.#rootKey.unwrap(slot, { context: boundTo(terms.partition), signal })
    try {
      signal.throwIfAborted()
      const entry = this.#entry(await loadFormats(), key, slot)
      this.#cache.keep(name, entry)
      return entry
    } finally {
      key.dispose()
    }
  }

  #entry(formats: Instance<FormatsGlue>, key: DataKey, slot: Slot): Entry {
    const until = this.#clock.now() + this.#settings.lifetime_ms
    return new Entry(branchHandle(formats, key, slot), until, slot.version)
  }
}

function withSignal<T extends object>(
  options: T,
  signal: AbortSignal | undefined,
): T & { readonly signal?: AbortSignal } {
  return signal === undefined ? options : { ...options, signal }
}

/**
 * Puts branch keys between a root key and the data keys of messages.
 *
 * The root key wraps a branch key once an hour; the branch key wraps the data key of each message,
 * here in the core. A message carries its branch key, wrapped: a reader has it unwrapped once, and
 * then opens all messages under it without a call, with no database anywhere. In return, disabling
 * the root key closes what is at hand only after `lifetime_ms`.
 *
 * @param rootKey - Who wraps the branch keys.
 * @param options - Limits, and the partition.
 * @returns A root key for {@link Envelope}; its branch keys are overwritten by `dispose`, by age,
 *   and to make room.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
 * @example
 * const rootKey = branchKeys(kms.key('orders'), { partition: (context) => context.tenant ?? '' })
 * const envelope = new Envelope({ rootKey })
 */
export function branchKeys(rootKey: RootKey, options?: BranchKeysOptions): BranchKeys {
  return makeBranchKeys(rootKey, options, lazyClock)
}

/** The same with a clock of the caller's, for tests. */
export function makeBranchKeys(
  rootKey: RootKey,
  options: BranchKeysOptions | undefined,
  clock: Clock,
): BranchKeys {
  return new BranchKeys(readRootKey(rootKey), readSettings(options), clock)
}

// A program may end while a branch key waits for its time to be up.
const lazyClock: Clock = {
  ...platformClock,
  after(delay_ms, run) {
    const timer: unknown = setTimeout(run, delay_ms)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
      ;(timer.unref as () => void).call(timer)
    }
    return () => clearTimeout(timer as number)
  },
}
