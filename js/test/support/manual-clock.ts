/** A clock that stands still until a test moves it. */

import type { Clock } from '../../dist/http/clock.js'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time and chance in a test's hand. */
export class ManualClock implements Clock {
  readonly waits: number[] = []
  chance = 0.5
  #now = 1_700_000_000_000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  random(): number {
    return this.chance
  }

  after(delay_ms: number, run: () => void): () => void {
    const timer = { at: this.#now + delay_ms, run }
    this.#timers.add(timer)
    this.waits.push(delay_ms)
    return () => this.#timers.delete(timer)
  }

  /** Timers that still run. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time on and runs what falls due. */
  async advance(delay_ms: number): Promise<void> {
    this.#now += delay_ms
    for (const timer of [...this.#timers]) {
      if (timer.at <= this.#now && this.#timers.delete(timer)) timer.run()
    }
    await settle()
  }

  /** Moves time on to the next timer, again and again, until the work is done. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let done = false
    const finish = (): void => {
      done = true
    }
    work.then(finish, finish)
    await settle()
    while (!done) {
      const next = Math.min(...[...this.#timers].map((timer) => timer.at))
      if (!Number.isFinite(next)) throw new Error('nothing is left that could move the work on')
      await this.advance(next - this.#now)
    }
    return work
  }
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
}
