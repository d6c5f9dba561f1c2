/**
 * Calls of the key service: a token, a request, and retries that make sense.
 *
 * @module
 */

import type { Clock } from './clock.js'
import { exchange, type HttpReply, timed } from './exchange.js'
import { IamTokens } from './iam-token.js'
import { faultOf } from './reply-errors.js'
import { type Outcome, RetryBudget, retrying } from './retry.js'
import type { Settings } from './settings.js'

/** A call of the key service. */
export interface Call {
  /** In words, for an error: `refuses to …`. */
  readonly what: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/api/v2`, encoded. */
  readonly path: string
  readonly type?: string
  readonly body?: Uint8Array<ArrayBuffer>
  /** Whether the reply is to say what was made. */
  readonly prefer?: 'representation' | 'minimal'
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

/** The way to one instance of the key service. */
export class Transport {
  readonly settings: Settings
  readonly clock: Clock
  readonly #tokens: IamTokens
  readonly #budget = new RetryBudget()

  constructor(settings: Settings, clock: Clock) {
    this.settings = settings
    this.clock = clock
    this.#tokens = new IamTokens(settings, clock)
  }

  /** Path and type of an action on a key, in the form that was chosen. */
  action(key: string, name: string): { readonly path: string; readonly type: string } {
    const id = encodeURIComponent(key)
    const type = 'application/vnd.ibm.kms.key_action'
    return this.settings.actionForm === 'path'
      ? { path: `/keys/${id}/actions/${name}`, type: `${type}_${name}+json` }
      : { path: `/keys/${id}?action=${name}`, type: `${type}+json` }
  }

  /**
   * Makes a call and returns its success.
   *
   * @throws {@link KmsError} `ERR_KMS_*` for anything else, after the retries that made sense.
   */
  send(call: Call): Promise<Reply> {
    const { clock, settings } = this
    const { signal } = call
    const end = clock.now() + settings.deadline_ms
    const correlationId = makeCorrelationId()
    let renewed = false
    return retrying({ clock, budget: this.#budget, end, signal }, async (attempts) => {
      const timeout_ms = Math.min(settings.timeout_ms, end - clock.now())
      let token = ''
      const outcome = await timed({ clock, signal, timeout_ms }, async (stop) => {
        token = await this.#tokens.get(stop)
        return this.#once(call, token, correlationId, stop)
      })
      if ('done' in outcome) return { done: { ...outcome.done, attempts } }
      const details = { correlationId, ...known(outcome.fault.details) }
      const fault = { ...outcome.fault, details }
      if (details.status === 401 && !renewed && this.#tokens.refused(token)) {
        renewed = true
        return { fault: { ...fault, again: 'now' } }
      }
      // Without a reply nobody knows whether it was done; with 429 or 503 it was not.
      const undone = details.status === 429 || details.status === 503
      return { fault: call.repeatable || undone ? fault : { ...fault, again: 'never' } }
    })
  }

  async #once(
    call: Call,
    token: string,
    correlationId: string,
    signal: AbortSignal,
  ): Promise<Outcome<Omit<Reply, 'attempts'>>> {
    const { fetch, base, instance, keyRing } = this.settings
    const headers: Record<string, string> = {
      ...(call.prefer === undefined ? {} : { prefer: `return=${call.prefer}` }),
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'bluemix-instance': instance,
      'correlation-id': correlationId,
    }
    if (keyRing !== undefined) headers['x-kms-key-ring'] = keyRing
    if (call.type !== undefined) headers['content-type'] = call.type
    const request = {
      url: `${base}/api/v2${call.path}`,
      method: call.method,
      headers,
      body: call.body,
    }
    const outcome = await exchange(fetch, this.clock, request, signal)
    if ('fault' in outcome) return outcome
    const reply = outcome.done
    if (!isSuccess(reply)) return { fault: faultOf(reply, call.what) }
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
