/**
 * What a refusal of a key service means.
 *
 * @module
 */

import { type KmsCode, type KmsDetails, KmsError } from '../errors.js'
import type { HttpReply } from './exchange.js'
import type { Fault } from './retry.js'

/** What the body of a refusal says, in the service's own words. */
export interface Refusal {
  readonly reason: string | undefined
  readonly text: string | undefined
}

const HINTS: Partial<Readonly<Record<KmsCode, string>>> = {
  ERR_KMS_DENIED: 'The credentials were refused, or their owner lacks the role for this action.',
}

const ADDRESS_HINT = 'Check that `url` is the address of the key service itself.'

/** A property of something that may be no object; undefined where there is none. */
export function at(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

/** The JSON in the body of a refusal, or undefined. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)))
  } catch {
    return undefined
  }
}

/** A reason, if it is a plain name: it ends up in errors and logs. */
export function reasonOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9_.]{1,64}$/.test(value) ? value : undefined
}

/**
 * A sentence of the service's, cleaned and short.
 *
 * Long runs of base64 go: a service that repeats what it was sent must not put a key in a log.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const clean = value.replace(/[A-Za-z0-9+/=_-]{40,}/g, '…').replace(/[^\x20-\x7e…]/g, ' ')
  return clean.slice(0, 300)
}

/** What a status means where nothing more is known. */
export function codeFor(status: number): KmsCode {
  switch (status) {
    case 401:
    case 403:
      return 'ERR_KMS_DENIED'
    case 404:
      return 'ERR_KMS_KEY_MISSING'
    case 408:
      return 'ERR_KMS_TIMEOUT'
    case 409:
    case 410:
      return 'ERR_KMS_KEY_STATE'
    case 429:
      return 'ERR_KMS_THROTTLED'
    default:
      return status >= 500 ? 'ERR_KMS_UNAVAILABLE' : 'ERR_KMS_PROTOCOL'
  }
}

const TRANSIENT: ReadonlySet<KmsCode> = new Set([
  'ERR_KMS_THROTTLED',
  'ERR_KMS_TIMEOUT',
  'ERR_KMS_UNAVAILABLE',
])

/**
 * Turns a reply that is no success into what went wrong.
 *
 * @param code - What it means, if the reason says more than the status.
 * @param hint - What to do, where the service itself says nothing.
 */
export function faultFrom(
  reply: HttpReply,
  what: string,
  { reason, text }: Refusal,
  code: KmsCode = codeFor(reply.status),
  hint: string | undefined = HINTS[code],
): Fault {
  const { status } = reply
  const said = reason === undefined ? '' : ` \`${reason}\``
  return {
    code,
    message: `the key service refuses to ${what} with status ${status}${said}`,
    details: {
      status,
      reason,
      correlationId: reply.correlationId,
      retryAfter_ms: reply.retryAfter_ms,
      hint: text === undefined ? hint : `The service says: ${text}`,
    },
    again: TRANSIENT.has(code) && status !== 501 ? 'later' : 'never',
    stale: status === 401,
  }
}

/** The error for a reply that is a success, yet makes no sense. */
export function nonsense(what: string, reply: KmsDetails): KmsError {
  return new KmsError('ERR_KMS_PROTOCOL', `the key service answers ${what}`, {
    ...reply,
    hint: ADDRESS_HINT,
  })
}
