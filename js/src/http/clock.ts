/**
 * Time and chance, which tests replace.
 *
 * @module
 */

/** What the client needs of a platform besides `fetch`. */
export interface Clock {
  /** Milliseconds since some fixed moment. */
  now(): number
  /** A number from 0 up to 1; spreads retries, so it need not be unpredictable. */
  random(): number
  /** Runs something once after a while; returns what cancels it. */
  after(delay_ms: number, run: () => void): () => void
}

/** The platform's own. */
export const platformClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(delay_ms, run) {
    const timer = setTimeout(run, delay_ms)
    return () => clearTimeout(timer)
  },
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export function sleep(clock: Clock, delay_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason)
    const stop = (): void => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.after(delay_ms, () => {
      signal?.removeEventListener('abort', stop)
      resolve()
    })
    signal?.addEventListener('abort', stop, { once: true })
  })
}
