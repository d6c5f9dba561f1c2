/**
 * Root keys in Google Cloud KMS.
 *
 * @module
 */

import { type Clock, platformClock } from '../../http/clock.js'
import type { TokenSource } from '../../http/credentials.js'
import { at } from '../../http/refusal.js'
import type { Rest } from '../../http/rest.js'
import { BOUNDS, type BoundsOptions, readBounds, readUrl } from '../../http/settings.js'
import { readOptions, readText, refuse } from '../../options.js'
import { contextText, fromBase64, toBase64 } from '../key-bytes.js'
import { type RemoteCall, type RemoteKey, RemoteRootKey } from '../remote-key.js'
import { tokenRest } from '../token-service.js'
import { faultOf, isOpenFailure } from './refusal.js'

/** Options of {@link gcpKms}. */
export interface GcpKmsOptions extends BoundsOptions {
  /** An access token, or a function that returns a fresh one each time it is called. */
  readonly token: TokenSource
  /** Address of the service; default Google's. */
  readonly url?: string
}

/** A root key in Google Cloud KMS. */
export type GcpKmsRootKey = RemoteRootKey

const PROVIDER = 'gcp-kms'
const KEY =
  /^projects\/[\w.:-]+\/locations\/[\w-]+\/keyRings\/[\w-]{1,63}\/cryptoKeys\/[\w-]{1,63}$/

/** Keys of Google Cloud KMS; see {@link gcpKms}. */
export class GcpKms {
  readonly #rest: Rest<RemoteCall, string>

  /** Made by {@link gcpKms}. */
  constructor(rest: Rest<RemoteCall, string>) {
    this.#rest = rest
  }

  /**
   * Names a root key; asks nobody yet.
   *
   * @param id - `projects/…/locations/…/keyRings/…/cryptoKeys/…`, without a version.
   * @returns A root key for {@link Envelope}. The SHA-384 of the context is its additional
   *   authenticated data.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what cannot be one.
   */
  key(id: string): GcpKmsRootKey {
    const name = readText(id, 'id')
    if (!KEY.test(name)) {
      refuse('id', 'has to be projects/…/locations/…/keyRings/…/cryptoKeys/…, without a version')
    }
    const key = describe(name)
    return new RemoteRootKey(key, this.#rest, async () => key)
  }
}

/**
 * Makes a client of Google Cloud KMS; asks nobody yet.
 *
 * Failed calls are repeated up to twice where that makes sense, inside `deadline_ms`.
 *
 * @param options - Where access tokens come from; the scope is `cloudkms`.
 * @returns The client; it holds nothing that needs disposal.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown, missing or wrong.
 * @example
 * const kms = gcpKms({ token: () => auth.getAccessToken() })
 * const envelope = new Envelope({ rootKey: kms.key('projects/p/locations/eu/…') })
 */
export function gcpKms(options: GcpKmsOptions): GcpKms {
  return makeGcpKms(options, platformClock)
}

/** The same with a clock of the caller's, for tests. */
export function makeGcpKms(options: GcpKmsOptions, clock: Clock): GcpKms {
  const read = readOptions(options, 'options', ['token', 'url', ...BOUNDS])
  const base = readUrl(read.url ?? 'https://cloudkms.googleapis.com', 'url')
  const service = {
    bounds: readBounds(read),
    token: read.token,
    url: (path: string) => `${base}/v1/${path}`,
    headers: (token: string) => ({ authorization: `Bearer ${token}` }),
    faultOf,
  }
  return new GcpKms(tokenRest(service, clock))
}

function describe(name: string): RemoteKey {
  const info = new TextEncoder().encode(name)
  return {
    provider: PROVIDER,
    id: name,
    encoding: 'base64',
    keyPath: 'plaintext',
    wrapRequest: (context) => {
      const aad = btoa(contextText(context))
      const after = `","additionalAuthenticatedData":${JSON.stringify(aad)}}`
      return { path: `${name}:encrypt`, around: ['{"plaintext":"', after] }
    },
    unwrapRequest: (slot, context) => ({
      path: `${name}:decrypt`,
      body: {
        ciphertext: toBase64(slot.ciphertext),
        additionalAuthenticatedData: btoa(contextText(context)),
      },
    }),
    readWrapped: (json) => {
      const [version, ciphertext] = [at(json, 'name'), fromBase64(at(json, 'ciphertext'))]
      const ours = typeof version === 'string' && version.startsWith(`${name}/cryptoKeyVersions/`)
      return ours && ciphertext !== undefined ? { info, ciphertext } : undefined
    },
    owns: (slot) => new TextDecoder().decode(slot.info) === name,
    isOpenFailure,
  }
}
