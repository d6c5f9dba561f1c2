/**
 * Options that every client of a key service has.
 *
 * @module
 */

import { readCount, readText, refuse } from '../options.js'
import type { Fetch } from './exchange.js'

/** Options that bound the calls of a client, and say how they are made. */
export interface BoundsOptions {
  /** What to use instead of the platform's `fetch`. */
  readonly fetch?: Fetch
  /** How long one request may take; default 10,000. */
  readonly timeout_ms?: number
  /** How long a call may take in all, retries included; default 30,000. */
  readonly deadline_ms?: number
}

/** What {@link BoundsOptions} come to. */
export interface Bounds {
  readonly fetch: Fetch
  readonly timeout_ms: number
  readonly deadline_ms: number
}

/** The names of {@link BoundsOptions}. */
export const BOUNDS = ['fetch', 'timeout_ms', 'deadline_ms'] as const

/** Checks them, and fills in what is missing. */
export function readBounds({ fetch, timeout_ms, deadline_ms }: Partial<BoundsOptions>): Bounds {
  if (fetch !== undefined && typeof fetch !== 'function') refuse('fetch', 'has to be a function')
  return {
    fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
    timeout_ms: readCount(timeout_ms ?? 10_000, 'timeout_ms', 1, 600_000),
    deadline_ms: readCount(deadline_ms ?? 30_000, 'deadline_ms', 1, 3_600_000),
  }
}

/** Checks the address of a service: https, or http on this machine; no slash at its end. */
export function readUrl(value: unknown, argument: string): string {
  const text = readText(value, argument)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    refuse(argument, 'has to be an absolute URL')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    refuse(argument, 'has to begin with https://, or be an http:// address of this machine')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    refuse(argument, 'cannot have credentials, a query or a fragment in it')
  }
  return url.href.replace(/\/+$/, '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}

/**
 * Checks text that goes into a header; it is left out of the error, as it may be a secret.
 */
export function readHeaderText(value: unknown, argument: string): string {
  const text = readText(value, argument)
  if (!/^[\x21-\x7e]+$/.test(text)) refuse(argument, 'has characters that no header can carry')
  return text
}
