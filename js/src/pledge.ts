/**
 * A promise that is kept from outside.
 *
 * @module
 */

/** What a stream tells once it knows; broken unheard, it troubles nobody. */
export class Pledge<T> {
  readonly promise: Promise<T>
  keep: (value: T) => void = () => {}
  break: (reason: unknown) => void = () => {}

  constructor() {
    this.promise = new Promise((yes, no) => {
      this.keep = yes
      this.break = no
    })
    this.promise.catch(() => {})
  }

  /** Breaks it with the signal's reason once that is aborted. */
  endWith(signal: AbortSignal): void {
    signal.addEventListener('abort', () => this.break(signal.reason), { once: true })
  }
}
