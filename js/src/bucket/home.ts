/**
 * What every operation of an encrypted bucket needs.
 *
 * @module
 */

import type { Context } from '../context.js'
import type { Terms } from '../object/work.js'
import type { RootKey } from '../root-key.js'
import { boundTo } from './names.js'
import type { BucketStore, CallTerms } from './store.js'

/** A bucket, and how it is used. */
export interface Home {
  readonly store: BucketStore
  readonly name: string
  readonly rootKeys: readonly RootKey[]
  /** The root keys that the bucket's configuration names; one of them has to wrap. */
  readonly named: readonly string[]
  /** Stored bytes of a part of an upload. */
  readonly partLen: number
  /** Parts under way at a time. */
  readonly parallel: number
}

/** What one call is about. */
export interface Subject {
  readonly key: string
  readonly context: Context
  readonly contentType: string | undefined
  readonly signal: AbortSignal | undefined
}

/** A signal as an option: absent where there is none. */
export function withSignal(signal: AbortSignal | undefined): CallTerms {
  return signal === undefined ? {} : { signal }
}

/**
 * Under what an object is sealed and opened.
 *
 * The slots are bound to the place, the body to its key alone: so a copy needs new slots and the
 * same body.
 */
export function termsOf(home: Home, subject: Subject): Terms {
  const { key, context, contentType, signal } = subject
  const place = { bucket: home.name, key, context, contentType }
  return { rootKeys: home.rootKeys, context: boundTo(place), body: {}, signal }
}
