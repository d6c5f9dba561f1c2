/** Time for tests of what goes wrong. */

import type { Clock } from '../../dist/http/clock.js'

/** A clock whose timers run out when a fault says so, never by themselves: nothing sleeps. */
export class FaultClock implements Clock {
  readonly #timers = new Set<() => void>()

  now(): number {
    return Date.now()
  }

  // No chance means no pause between attempts.
  random(): number {
    return 0
  }

  after(_delay_ms: number, run: () => void): () => void {
    this.#timers.add(run)
    return () => this.#timers.delete(run)
  }

  /** Runs out, as soon as the client had time to wait for what does not come. */
  expire(): void {
    setImmediate(() => {
      for (const run of [...this.#timers]) run()
    })
  }
}
