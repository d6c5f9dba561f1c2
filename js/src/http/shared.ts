/**
 * One piece of work for many that wait for it.
 *
 * @module
 */

import { orAborted } from '../abort.js'
import type { Clock } from './clock.js'

interface Flight<T> {
  readonly promise: Promise<T>
  readonly stop: AbortController
  readonly begun: number
  waiting: number
}

/** Runs work once for all callers that ask while it runs; stops it when the last one gives up. */
export class Shared<T> {
  readonly #clock: Clock
  readonly #age_max_ms: number
  #flight: Flight<T> | undefined

  /** @param age_max_ms - Work that is older counts as dead: some platforms drop it silently. */
  constructor(clock: Clock, age_max_ms: number) {
    this.#clock = clock
    this.#age_max_ms = age_max_ms
  }

  /** Joins the work under way, or starts it. */
  async join(start: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    const flight = this.#current() ?? this.#start(start)
    flight.waiting += 1
    try {
      return await (signal === undefined ? flight.promise : orAborted(flight.promise, signal))
    } finally {
      flight.waiting -= 1
      if (flight.waiting === 0) this.#abandon(flight, signal?.reason)
    }
  }

  #current(): Flight<T> | undefined {
    const flight = this.#flight
    if (flight === undefined) return undefined
    return this.#clock.now() - flight.begun > this.#age_max_ms ? undefined : flight
  }

  #start(start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const stop = new AbortController()
    const promise = start(stop.signal)
    const flight = { promise, stop, begun: this.#clock.now(), waiting: 0 }
    const done = (): void => {
      if (this.#flight === flight) this.#flight = undefined
    }
    promise.then(done, done)
    this.#flight = flight
    return flight
  }

  #abandon(flight: Flight<T>, reason: unknown): void {
    if (this.#flight === flight) this.#flight = undefined
    flight.stop.abort(reason)
  }
}
