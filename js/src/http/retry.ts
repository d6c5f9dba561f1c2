/**
 * When to try again, how long to wait first, and when to stop.
 *
 * @module
 */

import { type KmsCode, type KmsDetails, KmsError } from '../errors.js'
import { type Clock, sleep } from './clock.js'

const ATTEMPTS_MAX = 3
const WAIT_BASE_MS = 200
const WAIT_MAX_MS = 5_000
const BUDGET_MAX = 100
const BUDGET_PER_RETRY = 10

/** What went wrong with one attempt. */
export interface Fault {
  readonly code: KmsCode
  readonly message: string
  readonly details: KmsDetails
  /** Whether another attempt makes sense: at once, after a while, or not at all. */
  readonly again: 'now' | 'later' | 'never'
  /** Whether the credentials were refused, so that fresh ones may help. */
  readonly stale?: boolean
}

/** What one attempt came to. */
export type Outcome<T> = { readonly done: T } | { readonly fault: Fault }

/**
 * Keeps a service that fails from being asked three times as much.
 *
 * A retry costs ten, a success gives one back: once empty, a tenth more requests at the most.
 */
export class RetryBudget {
  #left = BUDGET_MAX

  /** Pays for a retry; false when there is nothing left. */
  spend(): boolean {
    if (this.#left < BUDGET_PER_RETRY) return false
    this.#left -= BUDGET_PER_RETRY
    return true
  }

  /** Gives back for a success. */
  refill(): void {
    this.#left = Math.min(BUDGET_MAX, this.#left + 1)
  }
}

/** The bounds within which attempts are made. */
export interface RetryBounds {
  readonly clock: Clock
  readonly budget: RetryBudget
  /** The moment after which nothing is started. */
  readonly end: number
  readonly signal: AbortSignal | undefined
}

/**
 * Makes attempts until one is done, none makes sense any more, or time is up.
 *
 * @param attempt - Told which attempt it is, from 1. What it throws ends everything.
 * @throws {@link KmsError} of the last attempt.
 */
export async function retrying<T>(
  bounds: RetryBounds,
  attempt: (number: number) => Promise<Outcome<T>>,
): Promise<T> {
  for (let number = 1; ; number++) {
    const outcome = await attempt(number)
    if ('done' in outcome) {
      bounds.budget.refill()
      return outcome.done
    }
    const { code, message, details, again } = outcome.fault
    const error = new KmsError(code, message, { ...details, attempts: number })
    if (again === 'never' || number >= ATTEMPTS_MAX) throw error
    const wait_ms =
      again === 'now' ? 0 : waitBefore(number + 1, details.retryAfter_ms, bounds.clock)
    if (bounds.clock.now() + wait_ms >= bounds.end || !bounds.budget.spend()) throw error
    if (wait_ms > 0) await sleep(bounds.clock, wait_ms, bounds.signal)
  }
}

// Full jitter: anywhere from nothing up to a bound that doubles, so that callers keep out of step.
function waitBefore(number: number, retryAfter_ms: number | undefined, clock: Clock): number {
  const bound = Math.min(WAIT_MAX_MS, WAIT_BASE_MS * 2 ** (number - 2))
  return (retryAfter_ms ?? 0) + clock.random() * bound
}

/**
 * Reads a `Retry-After` header: seconds, or a date.
 *
 * @returns Milliseconds to wait, or undefined where the header says nothing that makes sense.
 */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const text = header.trim()
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000
  if (!/^[A-Z][a-z]{2},? /.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
