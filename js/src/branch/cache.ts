/**
 * Branch keys that are at hand, and those that are on their way.
 *
 * @module
 */

import type { Clock } from '../http/clock.js'
import { Shared } from '../http/shared.js'
import type { BranchHandle } from './slot.js'

/** What happened so far, and what is held now. */
export interface BranchCounters {
  /** Branch keys held. */
  readonly entries: number
  /** Calls of the root key under way. */
  readonly inFlight: number
  /** Times that a branch key was at hand. */
  readonly hits: number
  /** Times that a caller waited for a call that another one had begun. */
  readonly joins: number
  /** Calls of the root key to wrap a new branch key. */
  readonly wraps: number
  /** Calls of the root key to unwrap one. */
  readonly unwraps: number
  /** Calls that failed; what failed is not remembered. */
  readonly failures: number
  /** Branch keys overwritten to make room. */
  readonly evictions: number
  /** Branch keys overwritten because of their age. */
  readonly expirations: number
}

/** A branch key in the core, overwritten when nobody holds it any more. */
export class Entry {
  readonly handle: BranchHandle
  readonly until: number
  readonly version: string | undefined
  /** Under what it is found. */
  readonly names: Set<string> = new Set()
  /** What was sealed under it here. */
  messages = 0
  bytes = 0
  readonly #serial: number
  #holders = 1

  constructor(handle: BranchHandle, until: number, version: string | undefined) {
    this.handle = handle
    this.until = until
    this.version = version
    this.#serial = handle.instance.serial
  }

  /** Whether it can be used: its time is not up, and the core was not replaced. */
  usable(now: number): boolean {
    return now < this.until && this.#serial === this.handle.instance.serial
  }

  /** Keeps it from being overwritten until {@link Entry.release}. */
  hold(): this {
    this.#holders += 1
    return this
  }

  /** Gives up one hold; the last one overwrites the key. */
  release(): void {
    this.#holders -= 1
    if (this.#holders === 0) this.handle.dispose()
  }
}

interface Flight {
  readonly shared: Shared<Entry>
  readonly landed: Set<Entry>
  waiting: number
}

/** How long a call may take before others begin one of their own. */
const FLIGHT_MAX_ms = 60_000

/** Entries, found by their names. */
export class BranchCache {
  readonly #clock: Clock
  readonly #maxEntries: number
  // The one that was not used for longest is first.
  readonly #entries = new Set<Entry>()
  readonly #names = new Map<string, Entry>()
  readonly #flights = new Map<string, Flight>()
  readonly #counts = { hits: 0, joins: 0, failures: 0, evictions: 0, expirations: 0 }
  #watched = false

  constructor(clock: Clock, maxEntries: number) {
    this.#clock = clock
    this.#maxEntries = maxEntries
  }

  /** What happened so far. */
  counters(): Omit<BranchCounters, 'wraps' | 'unwraps'> {
    return { entries: this.#entries.size, inFlight: this.#flights.size, ...this.#counts }
  }

  /** Runs work on an entry that is at hand; undefined where there is none, or the work has none. */
  hit<T>(name: string, work: (entry: Entry) => T | undefined): T | undefined {
    const entry = this.#names.get(name)
    if (entry === undefined) return undefined
    if (!entry.usable(this.#clock.now())) {
      this.#drop(entry, 'expirations')
      return undefined
    }
    const result = work(entry)
    if (result === undefined) return undefined
    this.#counts.hits += 1
    this.#entries.delete(entry)
    this.#entries.add(entry)
    return result
  }

  /** Keeps an entry under a name, which another one loses, and makes room for it. */
  keep(name: string, entry: Entry): void {
    const old = this.#names.get(name)
    if (old === entry) return
    if (old !== undefined) {
      old.names.delete(name)
      if (old.names.size === 0) this.#drop(old, undefined)
    }
    if (!this.#entries.has(entry)) this.#entries.add(entry.hold())
    entry.names.add(name)
    this.#names.set(name, entry)
    for (const oldest of this.#entries) {
      if (this.#entries.size <= this.#maxEntries) break
      this.#drop(oldest, 'evictions')
    }
    this.#watch()
  }

  /**
   * Waits for an entry that somebody is loading, or loads it, and runs work on it.
   *
   * @param load - Gives an entry that is held for the flight, and keeps it under its names.
   */
  async join<T>(
    name: string,
    load: (signal: AbortSignal) => Promise<Entry>,
    signal: AbortSignal | undefined,
    work: (entry: Entry) => T,
  ): Promise<T> {
    const flight = this.#flight(name)
    if (flight.waiting > 0) this.#counts.joins += 1
    flight.waiting += 1
    const begin = async (stop: AbortSignal): Promise<Entry> => {
      try {
        const entry = await load(stop)
        flight.landed.add(entry)
        return entry
      } catch (error) {
        this.#counts.failures += 1
        throw error
      }
    }
    try {
      return work(await flight.shared.join(begin, signal))
    } finally {
      flight.waiting -= 1
      if (flight.waiting === 0) this.#land(name, flight)
    }
  }

  /** Overwrites everything that is not in use this moment. */
  clear(): void {
    for (const entry of this.#entries) this.#drop(entry, 'evictions')
  }

  #flight(name: string): Flight {
    const known = this.#flights.get(name)
    if (known !== undefined) return known
    const shared = new Shared<Entry>(this.#clock, FLIGHT_MAX_ms)
    const flight = { shared, landed: new Set<Entry>(), waiting: 0 }
    this.#flights.set(name, flight)
    return flight
  }

  #land(name: string, flight: Flight): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name)
    for (const entry of flight.landed) entry.release()
    flight.landed.clear()
  }

  #drop(entry: Entry, why: 'evictions' | 'expirations' | undefined): void {
    this.#entries.delete(entry)
    for (const name of entry.names) this.#names.delete(name)
    entry.names.clear()
    if (why !== undefined) this.#counts[why] += 1
    entry.release()
  }

  // Keys do not stay in memory because nobody asks for them any more. All have the same lifetime,
  // so whatever comes later also expires later, and one timer is enough.
  #watch(): void {
    if (this.#watched || this.#entries.size === 0) return
    this.#watched = true
    const next = Math.min(...Array.from(this.#entries, (entry) => entry.until))
    this.#clock.after(Math.max(next - this.#clock.now(), 0), () => {
      this.#watched = false
      const now = this.#clock.now()
      for (const entry of this.#entries) if (!entry.usable(now)) this.#drop(entry, 'expirations')
      this.#watch()
    })
  }
}
