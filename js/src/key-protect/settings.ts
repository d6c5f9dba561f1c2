/**
 * How to reach an instance of Key Protect: options, checked, with the defaults filled in.
 *
 * @module
 */

import { readCount, readOptions, readText, refuse } from '../options.js'
import type { Fetch } from './exchange.js'

/** Options of {@link keyProtect}: one of `region` and `url`, one of `apiKey` and `token`. */
export interface KeyProtectOptions {
  /** Region of the instance, such as `us-south`. */
  readonly region?: string
  /** Address of the service instead of a region; https, or http on this machine. */
  readonly url?: string
  /** GUID of the instance. */
  readonly instance: string
  /** API key, exchanged for tokens at {@link KeyProtectOptions.iamUrl}. */
  readonly apiKey?: string
  /** An access token, or a function that returns a fresh one each time it is called. */
  readonly token?: string | (() => string | Promise<string>)
  /** Key ring to create keys in and to look for them in; default all. */
  readonly keyRing?: string
  /** Where tokens come from; default IBM Cloud's for IBM's addresses, else the service's own. */
  readonly iamUrl?: string
  /** What to use instead of the platform's `fetch`. */
  readonly fetch?: Fetch
  /** How long one request may take; default 10,000. */
  readonly timeout_ms?: number
  /** How long a call may take in all, retries included; default 30,000. */
  readonly deadline_ms?: number
  /** How actions are addressed: `/keys/{id}/actions/wrap`, or the older `?action=wrap`. */
  readonly actionForm?: 'path' | 'query'
}

/** What the options come to. */
export interface Settings {
  readonly base: string
  readonly iamBase: string
  readonly instance: string
  readonly credential:
    | { readonly apiKey: string }
    | { readonly token: string | (() => string | Promise<string>) }
  readonly keyRing: string | undefined
  readonly fetch: Fetch
  readonly timeout_ms: number
  readonly deadline_ms: number
  readonly actionForm: 'path' | 'query'
}

const NAMES = [
  'region',
  'url',
  'instance',
  'apiKey',
  'token',
  'keyRing',
  'iamUrl',
  'fetch',
  'timeout_ms',
  'deadline_ms',
  'actionForm',
] as const

/** Checks the options of {@link keyProtect}. */
export function readSettings(options: KeyProtectOptions): Settings {
  const read = readOptions(options, 'options', NAMES)
  const base = readBase(read.region, read.url)
  const { actionForm = 'path', fetch } = read
  if (actionForm !== 'path' && actionForm !== 'query') {
    refuse('actionForm', "has to be 'path' or 'query'")
  }
  if (fetch !== undefined && typeof fetch !== 'function') refuse('fetch', 'has to be a function')
  const { keyRing } = read
  return {
    base,
    iamBase: read.iamUrl === undefined ? iamBaseFor(base) : readUrl(read.iamUrl, 'iamUrl'),
    instance: readInstance(read.instance),
    credential: readCredential(read.apiKey, read.token),
    keyRing: keyRing === undefined ? undefined : readHeaderText(keyRing, 'keyRing'),
    fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)),
    timeout_ms: readCount(read.timeout_ms ?? 10_000, 'timeout_ms', 1, 600_000),
    deadline_ms: readCount(read.deadline_ms ?? 30_000, 'deadline_ms', 1, 3_600_000),
    actionForm,
  }
}

function readBase(region: unknown, url: unknown): string {
  if ((region === undefined) === (url === undefined)) {
    refuse('region', 'or `url` has to be given, and not both')
  }
  if (url !== undefined) return readUrl(url, 'url').replace(/\/api\/v2$/, '')
  const name = readText(region, 'region')
  if (!/^[a-z0-9-]{2,40}$/.test(name)) refuse('region', 'has to be a name such as `us-south`')
  return `https://${name}.kms.cloud.ibm.com`
}

function readUrl(value: unknown, argument: string): string {
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

// IBM's regional addresses share one token service; any other service brings its own.
function iamBaseFor(base: string): string {
  const { hostname } = new URL(base)
  if (!/\.(cloud\.ibm\.com|appdomain\.cloud)$/.test(hostname)) return base
  return hostname.startsWith('private')
    ? 'https://private.iam.cloud.ibm.com'
    : 'https://iam.cloud.ibm.com'
}

function readInstance(value: unknown): string {
  const text = readText(value, 'instance')
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text
  refuse('instance', 'has to be the GUID of an instance', 'It is the eighth part of its CRN.')
}

function readCredential(apiKey: unknown, token: unknown): Settings['credential'] {
  if ((apiKey === undefined) === (token === undefined)) {
    refuse('apiKey', 'or `token` has to be given, and not both')
  }
  if (apiKey !== undefined) return { apiKey: readText(apiKey, 'apiKey') }
  if (typeof token === 'function') return { token: token as () => string | Promise<string> }
  return { token: readHeaderText(token, 'token') }
}

// The value is left out of the error: it may be a token.
function readHeaderText(value: unknown, argument: string): string {
  const text = readText(value, argument)
  if (!/^[\x21-\x7e]+$/.test(text)) refuse(argument, 'has characters that no header can carry')
  return text
}
