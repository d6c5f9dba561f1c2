/**
 * How to reach an instance of Key Protect: options, checked, with the defaults filled in.
 *
 * @module
 */

import { readTokenSource, type TokenSource } from '../http/credentials.js'
import {
  BOUNDS,
  type Bounds,
  type BoundsOptions,
  readBounds,
  readHeaderText,
  readUrl,
} from '../http/settings.js'
import { readOptions, readText, refuse } from '../options.js'

/** Options of {@link keyProtect}: one of `region` and `url`, one of `apiKey` and `token`. */
export interface KeyProtectOptions extends BoundsOptions {
  /** Region of the instance, such as `us-south`. */
  readonly region?: string
  /** Address of the service instead of a region; https, or http on this machine. */
  readonly url?: string
  /** GUID of the instance. */
  readonly instance: string
  /** API key, exchanged for tokens at {@link KeyProtectOptions.iamUrl}. */
  readonly apiKey?: string
  /** An access token, or a function that returns a fresh one each time it is called. */
  readonly token?: TokenSource
  /** Key ring to create keys in and to look for them in; default all. */
  readonly keyRing?: string
  /** Where tokens come from; default IBM Cloud's for IBM's addresses, else the service's own. */
  readonly iamUrl?: string
  /** How actions are addressed: `/keys/{id}/actions/wrap`, or the older `?action=wrap`. */
  readonly actionForm?: 'path' | 'query'
}

/** What the options come to. */
export interface Settings extends Bounds {
  readonly base: string
  readonly iamBase: string
  readonly instance: string
  readonly credential: { readonly apiKey: string } | { readonly token: TokenSource }
  readonly keyRing: string | undefined
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
  'actionForm',
  ...BOUNDS,
] as const

/** Checks the options of {@link keyProtect}. */
export function readSettings(options: KeyProtectOptions): Settings {
  const read = readOptions(options, 'options', NAMES)
  const base = readBase(read.region, read.url)
  const { actionForm = 'path', keyRing } = read
  if (actionForm !== 'path' && actionForm !== 'query') {
    refuse('actionForm', "has to be 'path' or 'query'")
  }
  return {
    base,
    iamBase: read.iamUrl === undefined ? iamBaseFor(base) : readUrl(read.iamUrl, 'iamUrl'),
    instance: readInstance(read.instance),
    credential: readCredential(read.apiKey, read.token),
    keyRing: keyRing === undefined ? undefined : readHeaderText(keyRing, 'keyRing'),
    actionForm,
    ...readBounds(read),
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
  return { token: readTokenSource(token) }
}
