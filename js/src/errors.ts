/**
 * What the package throws: six classes split by whose fault it is, each with a stable `code`.
 *
 * Switch on `code`, never on a message. Exported from `tsutsumi`.
 *
 * @module
 */

const brand = Symbol.for('tsutsumi.error')

/** Codes of {@link MisuseError}: the caller's fault. */
export type MisuseCode = 'ERR_ARGUMENT' | 'ERR_STATE' | 'ERR_LIMIT'
/** Codes of {@link FormatError}: the bytes are not what they should be. */
export type FormatCode =
  | 'ERR_FORMAT_TRUNCATED'
  | 'ERR_FORMAT_INVALID'
  | 'ERR_FORMAT_VERSION'
  | 'ERR_FORMAT_SUITE'
/** Codes of {@link PolicyError}: refused by configuration. */
export type PolicyCode = 'ERR_POLICY_CONTEXT' | 'ERR_POLICY_SUITE' | 'ERR_POLICY_KEY'
/** Codes of {@link KmsError}: the key service's fault. */
export type KmsCode =
  | 'ERR_KMS_UNAVAILABLE'
  | 'ERR_KMS_TIMEOUT'
  | 'ERR_KMS_THROTTLED'
  | 'ERR_KMS_DENIED'
  | 'ERR_KMS_KEY_MISSING'
  | 'ERR_KMS_KEY_STATE'
  | 'ERR_KMS_PROTOCOL'
/** Every code. One is never renamed, and never reused. */
export type ErrorCode =
  | MisuseCode
  | FormatCode
  | 'ERR_OPEN_FAILED'
  | PolicyCode
  | KmsCode
  | 'ERR_INTERNAL'

/** Any error of this package; `switch (error.code)` narrows it to its class. */
export type TsutsumiError =
  | MisuseError
  | FormatError
  | OpenError
  | PolicyError
  | KmsError
  | InternalError

/** What an error may carry besides its code and message. */
export interface ErrorDetails {
  /** One sentence on what to do about it. */
  readonly hint?: string | undefined
  /** What was caught underneath. */
  readonly cause?: unknown
}

/** The cause, as the platform's errors take it. */
export function causeOf(details: ErrorDetails): ErrorOptions {
  return details.cause === undefined ? {} : { cause: details.cause }
}

/**
 * Marks an error as one of this package.
 *
 * Two copies of the package have two classes of the same name: the mark is what they share.
 */
export function mark(error: Error, name: string): void {
  Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  Object.defineProperty(error, brand, { value: name })
}

/** Whether a value has the mark of a class. */
export function isOf(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, brand) === name
}

/**
 * Whether a value is an error of this package, of whichever copy of it.
 *
 * @param value - Anything; never throws.
 * @returns True for the six classes, and then `value.code` can be switched on.
 * @example
 * try { await envelope.decrypt(bytes) } catch (error) {
 *   if (isTsutsumiError(error) && error.code === 'ERR_OPEN_FAILED') reject()
 * }
 */
export function isTsutsumiError(value: unknown): value is TsutsumiError {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, brand) === 'string'
  )
}

/** The caller's fault: a wrong argument, a used-up object, a limit. Trying again cannot help. */
export class MisuseError extends TypeError {
  readonly code: MisuseCode
  readonly retryable: false = false
  readonly hint: string | undefined
  /** Name of the argument or option at fault. */
  readonly argument: string | undefined

  constructor(
    code: MisuseCode,
    message: string,
    details: ErrorDetails & { readonly argument?: string | undefined } = {},
  ) {
    super(message, causeOf(details))
    mark(this, 'MisuseError')
    this.code = code
    this.hint = details.hint
    this.argument = details.argument
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'MisuseError')
  }
}

/** The bytes are not a message known here, or end too early. */
export class FormatError extends Error {
  readonly code: FormatCode
  readonly retryable: false = false
  readonly hint: string | undefined
  /** Where in the bytes they stopped making sense; 0 where that says nothing. */
  readonly offset: number

  constructor(
    code: FormatCode,
    message: string,
    details: ErrorDetails & { readonly offset?: number } = {},
  ) {
    super(message, causeOf(details))
    mark(this, 'FormatError')
    this.code = code
    this.hint = details.hint
    this.offset = details.offset ?? 0
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'FormatError')
  }
}

/** The bytes were altered, or the key or the context is another one: not told apart on purpose. */
export class OpenError extends Error {
  readonly code: 'ERR_OPEN_FAILED' = 'ERR_OPEN_FAILED'
  readonly retryable: false = false
  /** Only for a stream that had delivered something before it failed. */
  readonly hint: string | undefined

  constructor(details: { readonly hint?: string | undefined } = {}) {
    super('opening failed')
    mark(this, 'OpenError')
    this.hint = details.hint
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'OpenError')
  }
}

/** The request was refused by configuration: another context, suite or root key than allowed. */
export class PolicyError extends Error {
  readonly code: PolicyCode
  readonly retryable: false = false
  readonly hint: string | undefined

  constructor(code: PolicyCode, message: string, details: ErrorDetails = {}) {
    super(message, causeOf(details))
    mark(this, 'PolicyError')
    this.code = code
    this.hint = details.hint
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'PolicyError')
  }
}

/** What a {@link KmsError} may carry besides. */
export interface KmsDetails extends ErrorDetails {
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly correlationId?: string | undefined
  readonly attempts?: number | undefined
  readonly retryAfter_ms?: number | undefined
}

/** The key service could not or would not do it, after the retries that made sense. */
export class KmsError extends Error {
  readonly code: KmsCode
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  readonly hint: string | undefined
  /** HTTP status of the last reply, if there was one. */
  readonly status: number | undefined
  /** The service's own code for the reason, such as `KEY_ACTION_INVALID_STATE_ERR`. */
  readonly reason: string | undefined
  /** What to quote to the operator of the service. */
  readonly correlationId: string | undefined
  /** How many requests were made. */
  readonly attempts: number
  /** How long the service asks to wait. */
  readonly retryAfter_ms: number | undefined

  constructor(code: KmsCode, message: string, details: KmsDetails = {}) {
    super(message, causeOf(details))
    mark(this, 'KmsError')
    this.code = code
    this.retryable =
      code === 'ERR_KMS_UNAVAILABLE' || code === 'ERR_KMS_TIMEOUT' || code === 'ERR_KMS_THROTTLED'
    this.hint = details.hint
    this.status = details.status
    this.reason = details.reason
    this.correlationId = details.correlationId
    this.attempts = details.attempts ?? 0
    this.retryAfter_ms = details.retryAfter_ms
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'KmsError')
  }
}

/** A fault of ours. The core's memory was overwritten and replaced; older keys are gone. */
export class InternalError extends Error {
  readonly code: 'ERR_INTERNAL' = 'ERR_INTERNAL'
  readonly retryable: false = false
  readonly hint: string | undefined

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, causeOf(details))
    mark(this, 'InternalError')
    this.hint = details.hint
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isOf(value, 'InternalError')
  }
}
