/**
 * Calls of a key service: credentials, a request, and retries that make sense.
 *
 * @module
 */

import type { Clock } from './clock.js'
import type { Credentials } from './credentials.js'
import { exchange, type HttpReply, type HttpRequest, timed } from './exchange.js'
import { type Fault, type Outcome, RetryBudget, retrying } from './retry.js'
import type { Bounds } from './settings.js'

/** What every call says of itself. */
export interface RestCall {
  /** In words, for an error: `refuses to …`. */
  readonly what: string
  /** Whether doing it twice is the same as doing it once; if not, a lost reply ends the call. */
  readonly repeatable: boolean
  readonly signal?: AbortSignal | undefined
}

/** A reply, and how it was come by. */
export interface Reply {
  readonly status: number
  readonly body: Uint8Array<ArrayBuffer>
  readonly correlationId: string
  readonly attempts: number
}

/** What is particular to a service: how it is asked, and how it refuses. */
export interface Dialect<C extends RestCall, K> {
  readonly credentials: Credentials<K>
  /** Writes a request, signed or with a token. */
  request(call: C, credential: K, correlationId: string): HttpRequest | Promise<HttpRequest>
  /** Turns a reply that is no success into what went wrong. */
  faultOf(reply: HttpReply, what: string): Fault
}

/** The way to one service. */
export class Rest<C extends RestCall, K> {
  readonly #dialect: Dialect<C, K>
  readonly #bounds: Bounds
  readonly #clock: Clock
  readonly #budget = new RetryBudget()

  constructor(dialect: Dialect<C, K>, bounds: Bounds, clock: Clock) {
    this.#dialect = dialect
    this.#bounds = bounds
    this.#clock = clock
  }

  /**
   * Makes a call and returns its success.
   *
   * @throws {@link KmsError} `ERR_KMS_*` for anything else, after the retries that made sense.
   */
  send(call: C): Promise<Reply> {
    const clock = this.#clock
    const { credentials } = this.#dialect
    const { signal } = call
    const end = clock.now() + this.#bounds.deadline_ms
    const correlationId = makeCorrelationId()
    let renewed = false
    return retrying({ clock, budget: this.#budget, end, signal }, async (attempts) => {
      const timeout_ms = Math.min(this.#bounds.timeout_ms, end - clock.now())
      let credential: K | undefined
      const outcome = await timed({ clock, signal, timeout_ms }, async (stop) => {
        credential = await credentials.get(stop)
        return this.#once(call, credential, correlationId, stop)
      })
      if ('done' in outcome) return { done: { ...outcome.done, attempts } }
      const details = { correlationId, ...known(outcome.fault.details) }
      const fault = { ...outcome.fault, details }
      const stale = fault.stale === true && credential !== undefined
      if (stale && !renewed && credentials.refused(credential as K)) {
        renewed = true
        return { fault: { ...fault, again: 'now' } }
      }
      // Without a reply nobody knows whether it was done; with 429 or 503 it was not.
      const undone = details.status === 429 || details.status === 503
      return { fault: call.repeatable || undone ? fault : { ...fault, again: 'never' } }
    })
  }

  async #once(
    call: C,
    credential: K,
    correlationId: string,
    signal: AbortSignal,
  ): Promise<Outcome<Omit<Reply, 'attempts'>>> {
    const request = await this.#dialect.request(call, credential, correlationId)
    const outcome = await exchange(this.#bounds.fetch, this.#clock, request, signal)
    if ('fault' in outcome) return outcome
    const reply = outcome.done
    if (!isSuccess(reply)) return { fault: this.#dialect.faultOf(reply, call.what) }
    const { status, body } = reply
    return { done: { status, body, correlationId: reply.correlationId ?? correlationId } }
  }
}

function isSuccess({ status }: HttpReply): boolean {
  return status === 200 || status === 201 || status === 204
}

// What a reply did not say must not hide what is known without it.
function known<T extends object>(details: T): T {
  const entries = Object.entries(details).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as T
}

// `crypto.randomUUID` is missing on pages that are not served over https.
function makeCorrelationId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
