/**
 * Faults on demand: what a key service and a network do on a bad day, for tests.
 *
 * @module
 */

import { readCount, readOptions, readText, refuse } from '../options.js'
import type { Kind, Planned } from './fault-kinds.js'
import { type FaultOperation, OPERATIONS } from './operation.js'

/** Which calls a fault meets. */
export interface FaultOptions {
  /** The operation it meets; default any, tokens included. */
  readonly operation?: FaultOperation
  /** How many calls it meets; default 1. */
  readonly times?: number
}

/** Options of {@link Faults.tooManyRequests} and {@link Faults.serverError}. */
export interface RefusalOptions extends FaultOptions {
  /** Seconds in the `Retry-After` header; default 1 for 429, none for others. */
  readonly retryAfter_s?: number
}

/** Options of {@link Faults.serverError}. */
export interface ServerErrorOptions extends RefusalOptions {
  /** A status from 500 to 599; default 500. */
  readonly status?: number
}

/** Options of {@link Faults.disconnect}. */
export interface DisconnectOptions extends FaultOptions {
  /** Whether the service has done what was asked before the connection breaks; default no. */
  readonly afterwards?: boolean
}

/** What the faults need of the service. */
export interface FaultTarget {
  /** Changes a key in the owner's name. */
  change(method: string, path: string): Promise<void>
  /** Ends the tokens issued so far. */
  expireTokens(): void
}

const WHICH = ['operation', 'times'] as const

/**
 * The fault injector of an embedded key service.
 *
 * Faults wait in the order in which they were asked for. Each call meets the first that is meant
 * for its operation, and no other; calls that meet none are answered as ever. Nothing is random.
 *
 * @example
 * const kms = await embeddedKeyProtect()
 * const envelope = new Envelope({ rootKey: keyProtect({ ...kms }).key('orders') })
 * kms.faults.tooManyRequests({ operation: 'wrap', times: 3 })
 * await envelope.encrypt(data) // rejects with ERR_KMS_THROTTLED
 */
export class Faults {
  readonly #target: FaultTarget
  #planned: Planned[] = []

  /** Made by `embeddedKeyProtect`. */
  constructor(target: FaultTarget) {
    this.#target = target
  }

  /** How many calls the faults that wait will meet. */
  get left(): number {
    return this.#planned.reduce((sum, { times }) => sum + times, 0)
  }

  /** Forgets the faults that wait. Keys and tokens stay as they are. */
  clear(): void {
    this.#planned = []
  }

  /**
   * Answers 429 with `Retry-After`. The SDK waits, tries again, and ends by `ERR_KMS_THROTTLED`.
   *
   * @param options - Which calls it meets, and what they are told.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
   */
  tooManyRequests(options?: RefusalOptions): void {
    const read = readOptions(options, 'options', [...WHICH, 'retryAfter_s'])
    this.#refuse(429, read.retryAfter_s ?? 1, read)
  }

  /**
   * Answers 5xx. The SDK tries again, unless it is 501, and ends by `ERR_KMS_UNAVAILABLE`.
   *
   * @param options - Which calls it meets, and which status.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
   */
  serverError(options?: ServerErrorOptions): void {
    const read = readOptions(options, 'options', [...WHICH, 'retryAfter_s', 'status'])
    this.#refuse(readCount(read.status ?? 500, 'status', 500, 599), read.retryAfter_s, read)
  }

  /**
   * Answers late. A timeout of the SDK that is shorter ends the attempt by `ERR_KMS_TIMEOUT`.
   *
   * @param duration_ms - How late, in real time: {@link EmbeddedKeyProtect.advanceClock} does not
   * shorten it.
   * @param options - Which calls it meets.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
   */
  delay(duration_ms: number, options?: FaultOptions): void {
    readCount(duration_ms, 'duration_ms', 0, 3_600_000)
    this.#plan({ name: 'delay', duration_ms }, readOptions(options, 'options', WHICH))
  }

  /**
   * Breaks the connection. The SDK tries again and ends by `ERR_KMS_UNAVAILABLE`.
   *
   * @param options - Which calls it meets; `afterwards` for a reply that is lost.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
   */
  disconnect(options?: DisconnectOptions): void {
    const read = readOptions(options, 'options', [...WHICH, 'afterwards'])
    const { afterwards = false } = read
    if (typeof afterwards !== 'boolean') refuse('afterwards', 'has to be a boolean')
    this.#plan({ name: 'disconnect', afterwards }, read)
  }

  /**
   * Breaks the connection in the middle of the reply, when the service has done what was asked. The
   * SDK tries again and ends by `ERR_KMS_UNAVAILABLE`.
   *
   * @param options - Which calls it meets.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
   */
  truncate(options?: FaultOptions): void {
    this.#plan({ name: 'truncate' }, readOptions(options, 'options', WHICH))
  }

  /**
   * Ends every access token issued so far, as time does. The SDK gets a new one and goes on; a
   * token that was given to it ends by `ERR_KMS_DENIED`.
   */
  expireTokens(): void {
    this.#target.expireTokens()
  }

  /**
   * Disables a root key, as its owner would elsewhere: wrapping and unwrapping end by
   * `ERR_KMS_KEY_STATE` until it is enabled.
   *
   * @param key - Its id or an alias.
   * @throws {@link MisuseError} `ERR_STATE` if the service refuses, for a key that is not there.
   */
  async disableKey(key: string): Promise<void> {
    await this.#change(key, 'POST', '/actions/disable')
  }

  /**
   * Deletes a root key, as its owner would elsewhere, even if resources are registered with it:
   * everything with it ends by `ERR_KMS_KEY_STATE`.
   *
   * @param key - Its id or an alias.
   * @throws {@link MisuseError} `ERR_STATE` if the service refuses, for a key that is not there.
   */
  async deleteKey(key: string): Promise<void> {
    await this.#change(key, 'DELETE', '?force=true')
  }

  /** Takes the fault that a call meets. */
  take(operation: FaultOperation): Kind | undefined {
    const met = this.#planned.find((fault) => (fault.operation ?? operation) === operation)
    if (met === undefined) return undefined
    met.times--
    if (met.times === 0) this.#planned = this.#planned.filter((fault) => fault !== met)
    return met.kind
  }

  #refuse(status: number, retryAfter_s: number | undefined, which: FaultOptions): void {
    if (retryAfter_s !== undefined) readCount(retryAfter_s, 'retryAfter_s', 0, 86_400)
    this.#plan({ name: 'refuse', status, retryAfter_s }, which)
  }

  #plan(kind: Kind, which: FaultOptions): void {
    const { operation } = which
    if (operation !== undefined && !OPERATIONS.includes(operation)) {
      refuse('operation', `has to be one of ${OPERATIONS.join(', ')}`)
    }
    const times = readCount(which.times ?? 1, 'times', 1, 1_000_000)
    this.#planned.push({ kind, operation, times })
  }

  async #change(key: string, method: string, rest: string): Promise<void> {
    await this.#target.change(method, `/keys/${encodeURIComponent(readText(key, 'key'))}${rest}`)
  }
}
