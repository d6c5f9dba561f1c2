/**
 * Root keys in Azure Key Vault and Managed HSM.
 *
 * Its `wrapkey` binds no context to the wrapped key. A message binds its own: the header that holds
 * the context is authenticated under the data key, so that a message whose context was altered does
 * not open. A slot that is kept by itself is not bound to any.
 *
 * @module
 */

import { type Clock, platformClock } from '../../http/clock.js'
import type { TokenSource } from '../../http/credentials.js'
import { at } from '../../http/refusal.js'
import type { Rest } from '../../http/rest.js'
import { BOUNDS, type BoundsOptions, readBounds, readUrl } from '../../http/settings.js'
import { readOptions, readText, refuse } from '../../options.js'
import { fromBase64, toBase64 } from '../key-bytes.js'
import { type RemoteCall, type RemoteKey, RemoteRootKey } from '../remote-key.js'
import { tokenRest } from '../token-service.js'
import { faultOf, isOpenFailure } from './refusal.js'

/** How a key of Azure's wraps: RSA keys by OAEP, symmetric keys of a Managed HSM by AES. */
export type AzureWrapAlgorithm = 'RSA-OAEP-256' | 'A256KW'

/** Options of {@link azureKeyVault}. */
export interface AzureKeyVaultOptions extends BoundsOptions {
  /** Address of the vault, such as `https://acme.vault.azure.net`. */
  readonly url: string
  /** An access token, or a function that returns a fresh one each time it is called. */
  readonly token: TokenSource
  /** How keys wrap; default `RSA-OAEP-256`. */
  readonly algorithm?: AzureWrapAlgorithm
}

/** A root key in Azure Key Vault. */
export type AzureKeyVaultRootKey = RemoteRootKey

const PROVIDER = 'azure-key-vault'
const VERSION = /^[0-9a-f]{32}$/
const API = 'api-version=7.4'

/** Keys of one vault; see {@link azureKeyVault}. */
export class AzureKeyVault {
  readonly #rest: Rest<RemoteCall, string>
  readonly #base: string
  readonly #algorithm: AzureWrapAlgorithm

  /** Made by {@link azureKeyVault}. */
  constructor(rest: Rest<RemoteCall, string>, base: string, algorithm: AzureWrapAlgorithm) {
    this.#rest = rest
    this.#base = base
    this.#algorithm = algorithm
  }

  /**
   * Names a root key; asks nobody yet.
   *
   * @param id - Its name, or `name/version`. All versions unwrap; the one that is named wraps, or
   *   else the newest.
   * @returns A root key for {@link Envelope}. The context is bound by the message alone.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what cannot be one.
   */
  key(id: string): AzureKeyVaultRootKey {
    const [name = '', version, ...more] = readText(id, 'id').split('/')
    const versioned = version === undefined || VERSION.test(version)
    if (!/^[0-9A-Za-z-]{1,127}$/.test(name) || !versioned || more.length > 0) {
      refuse('id', 'has to be the name of a key, or name/version')
    }
    const key = describe(id, this.#base, { name, version, algorithm: this.#algorithm })
    return new RemoteRootKey(key, this.#rest, async () => key)
  }
}

/**
 * Makes a client of Azure Key Vault; asks nobody yet.
 *
 * Failed calls are repeated up to twice where that makes sense, inside `deadline_ms`.
 *
 * @param options - The vault, and where access tokens come from; the scope is
 *   `https://vault.azure.net/.default`.
 * @returns The client; it holds nothing that needs disposal.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown, missing or wrong.
 * @example
 * const kms = azureKeyVault({ url: 'https://acme.vault.azure.net', token })
 * const envelope = new Envelope({ rootKey: kms.key('orders') })
 */
export function azureKeyVault(options: AzureKeyVaultOptions): AzureKeyVault {
  return makeAzureKeyVault(options, platformClock)
}

/** The same with a clock of the caller's, for tests. */
export function makeAzureKeyVault(options: AzureKeyVaultOptions, clock: Clock): AzureKeyVault {
  const names = ['url', 'token', 'algorithm', ...BOUNDS] as const
  const read = readOptions(options, 'options', names)
  const base = readUrl(read.url, 'url')
  const { algorithm = 'RSA-OAEP-256' } = read
  if (algorithm !== 'RSA-OAEP-256' && algorithm !== 'A256KW') {
    refuse('algorithm', "has to be 'RSA-OAEP-256' or 'A256KW'")
  }
  const service = {
    bounds: readBounds(read),
    token: read.token,
    url: (path: string) => `${base}/keys/${path}?${API}`,
    headers: (token: string, correlationId: string) => ({
      authorization: `Bearer ${token}`,
      'x-ms-client-request-id': correlationId,
    }),
    faultOf,
  }
  return new AzureKeyVault(tokenRest(service, clock), base, algorithm)
}

function describe(
  id: string,
  base: string,
  key: {
    readonly name: string
    readonly version: string | undefined
    readonly algorithm: AzureWrapAlgorithm
  },
): RemoteKey {
  const { name, version, algorithm } = key
  const start = `${base}/keys/${name}/`
  const versionIn = (kid: unknown): string | undefined => {
    if (typeof kid !== 'string' || !kid.startsWith(start)) return undefined
    const rest = kid.slice(start.length)
    return VERSION.test(rest) ? rest : undefined
  }
  return {
    provider: PROVIDER,
    id,
    encoding: 'base64url',
    keyPath: 'value',
    wrapRequest: () => ({
      path: version === undefined ? `${name}/wrapkey` : `${name}/${version}/wrapkey`,
      around: [`{"alg":"${algorithm}","value":"`, '"}'],
    }),
    unwrapRequest: ({ info, ciphertext }) => ({
      path: `${name}/${versionIn(new TextDecoder().decode(info))}/unwrapkey`,
      body: { alg: algorithm, value: toBase64Url(ciphertext) },
    }),
    readWrapped: (json) => {
      const [kid, ciphertext] = [at(json, 'kid'), fromBase64(at(json, 'value'))]
      if (versionIn(kid) === undefined || ciphertext === undefined) return undefined
      return { info: new TextEncoder().encode(String(kid)), ciphertext }
    },
    owns: (slot) => versionIn(new TextDecoder().decode(slot.info)) !== undefined,
    isOpenFailure,
  }
}

function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
