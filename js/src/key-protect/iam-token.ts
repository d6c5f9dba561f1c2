/**
 * Access tokens: one exchange for many callers, renewed ahead of time.
 *
 * @module
 */

import type { Clock } from '../http/clock.js'
import { type Credentials, isToken } from '../http/credentials.js'
import { exchange, type HttpReply, timed } from '../http/exchange.js'
import { nonsense } from '../http/refusal.js'
import { RetryBudget, retrying } from '../http/retry.js'
import { Shared } from '../http/shared.js'
import { faultOf } from './reply-errors.js'
import type { Settings } from './settings.js'

interface Token {
  readonly text: string
  /** From when on a new one is fetched while this one is still used. */
  readonly renew: number
  readonly end: number
}

const RENEW_AT = 0.8
const RENEW_PAUSE_MS = 10_000

/** Where a client gets its tokens. */
export class IamTokens implements Credentials<string> {
  readonly #settings: Settings
  readonly #apiKey: string
  readonly #clock: Clock
  readonly #budget = new RetryBudget()
  readonly #exchange: Shared<Token>
  #token: Token | undefined
  #renewed = 0

  constructor(apiKey: string, settings: Settings, clock: Clock) {
    this.#apiKey = apiKey
    this.#settings = settings
    this.#clock = clock
    this.#exchange = new Shared(clock, settings.deadline_ms)
  }

  /** A token that is valid now, as far as can be known. */
  async get(signal: AbortSignal): Promise<string> {
    const now = this.#clock.now()
    const token = this.#token
    if (token === undefined || now >= token.end) return (await this.#fetch(signal)).text
    if (now >= token.renew && now >= this.#renewed + RENEW_PAUSE_MS) {
      this.#renewed = now
      // Nobody waits for it, and if it fails the present token still serves.
      this.#fetch().catch(() => {})
    }
    return token.text
  }

  /** Forgets a token that was refused. */
  refused(text: string): boolean {
    if (this.#token?.text === text) this.#token = undefined
    return true
  }

  async #fetch(signal?: AbortSignal): Promise<Token> {
    const token = await this.#exchange.join((stop) => this.#request(stop), signal)
    this.#token = token
    return token
  }

  #request(signal: AbortSignal): Promise<Token> {
    const { fetch, iamBase, timeout_ms, deadline_ms } = this.#settings
    const clock = this.#clock
    const form = new URLSearchParams({
      grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
      apikey: this.#apiKey,
      response_type: 'cloud_iam',
    })
    const request = {
      url: `${iamBase}/identity/token`,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new TextEncoder().encode(form.toString()),
    }
    const end = clock.now() + deadline_ms
    return retrying({ clock, budget: this.#budget, end, signal }, (attempts) =>
      timed(
        { clock, signal, timeout_ms: Math.min(timeout_ms, end - clock.now()) },
        async (stop) => {
          const asked = clock.now()
          const outcome = await exchange(fetch, clock, request, stop)
          if ('fault' in outcome) return outcome
          const reply = outcome.done
          if (reply.status === 200) return { done: readToken(reply, asked, attempts) }
          const fault = faultOf(reply, 'issue a token')
          const denied = reply.status === 400 || reply.status === 401 || reply.status === 403
          return { fault: denied ? { ...fault, code: 'ERR_KMS_DENIED' } : tokenFault(fault) }
        },
      ),
    )
  }
}

// The token service holds no root keys: an address where there is none is a wrong address.
function tokenFault<T extends ReturnType<typeof faultOf>>(fault: T): T {
  return fault.code.startsWith('ERR_KMS_KEY') ? { ...fault, code: 'ERR_KMS_PROTOCOL' } : fault
}

function readToken(reply: HttpReply, asked: number, attempts: number): Token {
  const details = { status: reply.status, attempts }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(reply.body))
  } catch {
    throw nonsense('a token request with something that is not JSON', details)
  } finally {
    reply.body.fill(0)
  }
  const text: unknown = Reflect.get(Object(json), 'access_token')
  const life_s: unknown = Reflect.get(Object(json), 'expires_in')
  if (!isToken(text) || typeof life_s !== 'number' || !(life_s > 0)) {
    throw nonsense('a token request without a token', details)
  }
  const life_ms = life_s * 1000
  return { text, renew: asked + life_ms * RENEW_AT, end: asked + life_ms }
}
