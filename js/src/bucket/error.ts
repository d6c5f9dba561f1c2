/**
 * What a store could not or would not do.
 *
 * @module
 */

import { causeOf, type ErrorDetails, isOf, mark } from '../errors.js'

/** All codes of {@link StoreError}. */
export const STORE_CODES = [
  'ERR_STORE_CONDITION',
  'ERR_STORE_DENIED',
  'ERR_STORE_MISSING',
  'ERR_STORE_PROTOCOL',
  'ERR_STORE_THROTTLED',
  'ERR_STORE_UNAVAILABLE',
] as const

/** Codes of {@link StoreError}: the store's fault, or what it holds. */
export type StoreCode = (typeof STORE_CODES)[number]

/** What a {@link StoreError} may carry besides. */
export interface StoreDetails extends ErrorDetails {
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly requestId?: string | undefined
}

/** The object store could not or would not do it. */
export class StoreError extends Error {
  readonly code: StoreCode
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  readonly hint: string | undefined
  /** HTTP status of the reply, if there was one. */
  readonly status: number | undefined
  /** The store's own code for the reason, such as `NoSuchKey`. */
  readonly reason: string | undefined
  /** What to quote to the operator of the store. */
  readonly requestId: string | undefined

  constructor(code: StoreCode, message: string, details: StoreDetails = {}) {
    super(message, causeOf(details))
    mark(this, 'StoreError')
    this.code = code
    this.retryable = code === 'ERR_STORE_THROTTLED' || code === 'ERR_STORE_UNAVAILABLE'
    this.hint = details.hint
    this.status = details.status
    this.reason = details.reason
    this.requestId = details.requestId
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'StoreError')
  }
}

const REASONS: Readonly<Record<string, StoreCode>> = {
  ConditionalRequestConflict: 'ERR_STORE_CONDITION',
  PreconditionFailed: 'ERR_STORE_CONDITION',
  BucketAlreadyExists: 'ERR_STORE_CONDITION',
  BucketAlreadyOwnedByYou: 'ERR_STORE_CONDITION',
  NoSuchBucket: 'ERR_STORE_MISSING',
  NoSuchKey: 'ERR_STORE_MISSING',
  NoSuchUpload: 'ERR_STORE_MISSING',
  NotFound: 'ERR_STORE_MISSING',
  RequestTimeTooSkewed: 'ERR_STORE_DENIED',
  RequestTimeout: 'ERR_STORE_UNAVAILABLE',
  SlowDown: 'ERR_STORE_THROTTLED',
  ThrottlingException: 'ERR_STORE_THROTTLED',
  TooManyRequests: 'ERR_STORE_THROTTLED',
}

const HINTS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'The bucket itself does not exist; `EncryptedBucket.create` makes one.',
  RequestTimeTooSkewed: 'The clock of this machine differs from that of the store.',
}

/** What a store answered that was no success. */
export interface Refusal {
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly requestId?: string | undefined
  readonly cause?: unknown
}

/** The refusal of an object that is not, or no longer, the one that was asked for. */
export const REPLACED: Refusal = { status: 412, reason: 'PreconditionFailed' }

/**
 * Turns a refusal into an error.
 *
 * @param action - What was to be done, such as `put the object`.
 */
export function refusalOf(action: string, refusal: Refusal): StoreError {
  const { status, cause } = refusal
  const reason = plain(refusal.reason)
  const code = REASONS[reason ?? ''] ?? codeFor(status)
  const said = reason === undefined ? '' : ` \`${reason}\``
  const how = status === undefined ? 'cannot be reached' : `answers with status ${status}${said}`
  return new StoreError(code, `the store ${how}, asked to ${action}`, {
    status,
    reason,
    requestId: plain(refusal.requestId),
    hint: HINTS[reason ?? ''],
    cause,
  })
}

// They end up in errors and logs, so what is no plain name is left out.
function plain(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.:/+=-]{1,128}$/.test(text) ? text : undefined
}

function codeFor(status: number | undefined): StoreCode {
  if (status === undefined || status === 408) return 'ERR_STORE_UNAVAILABLE'
  if (status === 401 || status === 403) return 'ERR_STORE_DENIED'
  if (status === 404) return 'ERR_STORE_MISSING'
  if (status === 409 || status === 412) return 'ERR_STORE_CONDITION'
  if (status === 429 || status === 503) return 'ERR_STORE_THROTTLED'
  return status >= 500 ? 'ERR_STORE_UNAVAILABLE' : 'ERR_STORE_PROTOCOL'
}

/** A reply that is a success, yet makes no sense. */
export function nonsense(what: string, cause?: unknown): StoreError {
  return new StoreError('ERR_STORE_PROTOCOL', `the store answers ${what}`, {
    hint: 'Check that the address is that of the store itself.',
    cause,
  })
}
