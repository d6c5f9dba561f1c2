/**
 * What a refusal of the key service means.
 *
 * @module
 */

import { type KmsCode, type KmsDetails, KmsError, OpenError } from '../errors.js'
import type { HttpReply } from './exchange.js'
import type { Fault } from './retry.js'

interface Refusal {
  readonly reason: string | undefined
  readonly text: string | undefined
}

/** Reads the body of an error as Key Protect or its token service writes it. */
export function readRefusal(body: Uint8Array): Refusal {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body.subarray(0, 65_536)))
    const first = at(at(json, 'resources'), 0)
    const reason = at(at(first, 'reasons'), 0)
    return {
      reason: codeOf(at(reason, 'code') ?? at(json, 'errorCode')),
      text: textOf(at(reason, 'message') ?? at(first, 'errorMsg') ?? at(json, 'errorMessage')),
    }
  } catch {
    return { reason: undefined, text: undefined }
  }
}

function at(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function codeOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Z0-9_]{1,64}$/.test(value) ? value : undefined
}

// Long runs of base64 go: a service that repeats what it was sent must not put a key in a log.
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const clean = value.replace(/[A-Za-z0-9+/=_-]{40,}/g, '…').replace(/[^\x20-\x7e…]/g, ' ')
  return clean.slice(0, 300)
}

const BY_REASON: Readonly<Record<string, KmsCode>> = {
  BEARER_SUB_EXTRACTION_ERR: 'ERR_KMS_DENIED',
  KEY_ROOT_REQ_ERR: 'ERR_KMS_KEY_STATE',
  KEY_EXPIRED_ERR: 'ERR_KMS_KEY_STATE',
}

function codeFor(status: number, reason: string | undefined): KmsCode {
  const known = reason === undefined ? undefined : BY_REASON[reason]
  if (known !== undefined) return known
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

const HINTS: Partial<Readonly<Record<KmsCode, string>>> = {
  ERR_KMS_DENIED: 'The token was refused, or its owner lacks the role for this action.',
  ERR_KMS_KEY_MISSING: 'Check the id or alias, the instance, the region and the key ring.',
}

/** Turns a reply that is no success into what went wrong. */
export function faultOf(reply: HttpReply, what: string): Fault {
  const { reason, text } = readRefusal(reply.body)
  const { status } = reply
  const code = codeFor(status, reason)
  const said = reason === undefined ? '' : ` \`${reason}\``
  const transient = status === 408 || status === 429 || (status >= 500 && status !== 501)
  return {
    code,
    message: `the key service refuses to ${what} with status ${status}${said}`,
    details: {
      status,
      reason,
      correlationId: reply.correlationId,
      retryAfter_ms: reply.retryAfter_ms,
      hint: text === undefined ? HINTS[code] : `The service says: ${text}`,
    },
    again: transient ? 'later' : 'never',
  }
}

/**
 * Whether a service that will not unwrap means that the wrapped key or the context was altered.
 *
 * Key Protect answers `INVALID_FIELD_ERR` for these, and 422 in older versions.
 */
export function openRefused(error: unknown): OpenError | undefined {
  if (!(error instanceof KmsError)) return undefined
  const { status, reason } = error
  const refused = status === 422 || (status === 400 && reason === 'INVALID_FIELD_ERR')
  return refused ? new OpenError() : undefined
}

/** The error for a reply that is a success, yet makes no sense. */
export function nonsense(what: string, reply: KmsDetails): KmsError {
  return new KmsError('ERR_KMS_PROTOCOL', `the key service answers ${what}`, {
    ...reply,
    hint: 'Check that `url` is the address of the key service itself.',
  })
}
