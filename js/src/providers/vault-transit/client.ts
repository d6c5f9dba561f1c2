/**
 * Root keys in the Transit engine of Vault or OpenBao.
 *
 * @module
 */

import type { Context } from '../../context.js'
import { type Clock, platformClock } from '../../http/clock.js'
import type { TokenSource } from '../../http/credentials.js'
import { at } from '../../http/refusal.js'
import type { Rest } from '../../http/rest.js'
import {
  BOUNDS,
  type BoundsOptions,
  readBounds,
  readHeaderText,
  readUrl,
} from '../../http/settings.js'
import { readOptions, readText, refuse } from '../../options.js'
import { contextText } from '../key-bytes.js'
import { type RemoteCall, type RemoteKey, RemoteRootKey } from '../remote-key.js'
import { tokenRest } from '../token-service.js'
import { faultOf, isOpenFailure } from './refusal.js'

/** Options of {@link vaultTransit}. */
export interface VaultTransitOptions extends BoundsOptions {
  /** Address of the server, such as `https://vault.example.com:8200`. */
  readonly url: string
  /** A token, or a function that returns a fresh one each time it is called. */
  readonly token: TokenSource
  /** Where the engine is mounted; default `transit`. */
  readonly mount?: string
  /** The namespace, where there are some. */
  readonly namespace?: string
}

/**
 * A root key in Vault or OpenBao.
 *
 * It has no `rewrap`: that of the engine takes no associated data, so it cannot open what is bound
 * to a context.
 */
export type VaultTransitRootKey = RemoteRootKey

const PROVIDER = 'vault-transit'
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$/

/** Keys of one engine; see {@link vaultTransit}. */
export class VaultTransit {
  readonly #rest: Rest<RemoteCall, string>
  readonly #mount: string

  /** Made by {@link vaultTransit}. */
  constructor(rest: Rest<RemoteCall, string>, mount: string) {
    this.#rest = rest
    this.#mount = mount
  }

  /**
   * Names a root key; asks nobody yet.
   *
   * It has to be of an authenticating type, such as `aes256-gcm96`, the default. A token that may
   * `create` at the path makes the server create a key that is missing: give it `update` alone.
   *
   * @param id - Its name.
   * @returns A root key for {@link Envelope}. The SHA-384 of the context is its associated data,
   *   and, for a key with derivation, the context that it is derived by.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what cannot be one.
   */
  key(id: string): VaultTransitRootKey {
    const name = readText(id, 'id')
    if (!NAME.test(name)) refuse('id', 'has to be the name of a key')
    const key = describe(name, this.#mount)
    return new RemoteRootKey(key, this.#rest, async () => key)
  }
}

/**
 * Makes a client of the Transit engine of Vault or OpenBao; asks nobody yet.
 *
 * Failed calls are repeated up to twice where that makes sense, inside `deadline_ms`.
 *
 * @param options - The server, and the token.
 * @returns The client; it holds nothing that needs disposal.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown, missing or wrong.
 * @example
 * const kms = vaultTransit({ url: 'https://vault.example.com:8200', token })
 * const envelope = new Envelope({ rootKey: kms.key('orders') })
 */
export function vaultTransit(options: VaultTransitOptions): VaultTransit {
  return makeVaultTransit(options, platformClock)
}

/** The same with a clock of the caller's, for tests. */
export function makeVaultTransit(options: VaultTransitOptions, clock: Clock): VaultTransit {
  const names = ['url', 'token', 'mount', 'namespace', ...BOUNDS] as const
  const read = readOptions(options, 'options', names)
  const base = readUrl(read.url, 'url')
  const mount = readText(read.mount ?? 'transit', 'mount')
  if (!mount.split('/').every((part) => NAME.test(part))) refuse('mount', 'has to be a path')
  const { namespace } = read
  const more: Record<string, string> = { 'x-vault-request': 'true' }
  if (namespace !== undefined) more['x-vault-namespace'] = readHeaderText(namespace, 'namespace')
  const service = {
    bounds: readBounds(read),
    token: read.token,
    url: (path: string) => `${base}/v1/${mount}/${path}`,
    headers: (token: string) => ({ 'x-vault-token': token, ...more }),
    faultOf,
  }
  return new VaultTransit(tokenRest(service, clock), mount)
}

function describe(name: string, mount: string): RemoteKey {
  const id = `${mount}/${name}`
  const info = new TextEncoder().encode(id)
  // A key without derivation takes no notice of `context`.
  const bound = (
    context: Context,
  ): { readonly associated_data: string; readonly context: string } => {
    const text = btoa(contextText(context))
    return { associated_data: text, context: text }
  }
  return {
    provider: PROVIDER,
    id: name,
    encoding: 'base64',
    keyPath: 'data.plaintext',
    wrapRequest: (context) => {
      const rest = JSON.stringify(bound(context)).slice(1)
      return { path: `encrypt/${name}`, around: ['{"plaintext":"', `",${rest}`] }
    },
    unwrapRequest: ({ ciphertext }, context) => ({
      path: `decrypt/${name}`,
      body: { ciphertext: new TextDecoder().decode(ciphertext), ...bound(context) },
    }),
    readWrapped: (json) => {
      const text = at(at(json, 'data'), 'ciphertext')
      if (typeof text !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(text)) return undefined
      return { info, ciphertext: new TextEncoder().encode(text) }
    },
    owns: (slot) => new TextDecoder().decode(slot.info) === id,
    isOpenFailure,
  }
}
