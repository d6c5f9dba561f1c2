/**
 * A key service inside the program: the whole API, no network, no account.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import {
  FormatError,
  InternalError,
  MisuseError,
  OpenError,
  type TsutsumiError,
} from '../errors.js'
import type { Fetch } from '../http/exchange.js'
import { readCount, readOptions, readText, refuse } from '../options.js'
import type { EmbeddedService } from '../wasm/glue/service_bg.js'
import { loadService } from '../wasm/service.js'
import { answer, readAddress, URL_OF_NOWHERE } from './answer.js'
import { suffer } from './fault-kinds.js'
import { Faults, type FaultTarget } from './faults.js'
import { PlatformImportTokens } from './import-tokens.js'
import { operationOf } from './operation.js'

/** Options of {@link embeddedKeyProtect}. */
export interface EmbeddedKeyProtectOptions {
  /** 32 random bytes that protect what {@link EmbeddedKeyProtect.snapshot} returns. */
  readonly masterKey?: Uint8Array | ArrayBuffer
  /** What an earlier one left; needs the same master key. */
  readonly snapshot?: Uint8Array | ArrayBuffer
  /** Region in the names of its keys; default `us-south`. Not together with `snapshot`. */
  readonly region?: string
  /** GUID of its instance; default random. Not together with `snapshot`. */
  readonly instance?: string
}

/** A key service in the memory of this program; spread it into `keyProtect`. */
export class EmbeddedKeyProtect {
  /** Address that only {@link EmbeddedKeyProtect.fetch} knows. */
  readonly url: string = URL_OF_NOWHERE
  /** GUID of its instance. */
  readonly instance: string
  /** API key of the account's owner; a snapshot brings it back, until it is deleted. */
  readonly apiKey: string
  /** Answers requests to {@link EmbeddedKeyProtect.url} without any network. */
  readonly fetch: Fetch
  readonly #service: EmbeddedService
  readonly #lasting: boolean
  readonly #faults: Faults

  /** Made by {@link embeddedKeyProtect}. */
  constructor(service: EmbeddedService, lasting: boolean) {
    this.#service = service
    this.#lasting = lasting
    this.instance = service.instance
    this.apiKey = service.ownerApiKey()
    const faults = new Faults(new Owner(service, this.apiKey))
    this.#faults = faults
    this.fetch = async (url, init) => {
      const address = readAddress(url)
      const operation = operationOf(init.method ?? 'GET', address)
      const kind = faults.take(operation)
      const met = { operation, init, answer: () => answer(service, address, init) }
      return kind === undefined ? met.answer() : suffer(kind, met)
    }
  }

  /** Makes its calls fail, for tests of what a program does then. */
  get faults(): Faults {
    return this.#faults
  }

  /**
   * Moves its clock forward, so that what takes it an hour can be tested at once.
   *
   * @param seconds - From 0 on; it cannot be moved back.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
   */
  advanceClock(seconds: number): void {
    this.#service.advanceClock(readCount(seconds, 'seconds', 0, 1e9))
  }

  /**
   * Takes everything in it as bytes, to be kept in a file or in browser storage.
   *
   * Root keys are in there only wrapped under the master key. An import token is not taken along:
   * its private key cannot be read out, so it has expired when the snapshot is taken up.
   *
   * @returns The bytes for {@link EmbeddedKeyProtectOptions.snapshot}.
   * @throws {@link MisuseError} `ERR_STATE` when it was made without a master key.
   */
  snapshot(): Uint8Array<ArrayBuffer> {
    if (this.#lasting) return this.#service.snapshot()
    throw new MisuseError('ERR_STATE', 'without a master key nothing could open the snapshot', {
      hint: 'Give `masterKey` to `embeddedKeyProtect`.',
    })
  }
}

// What the faults do in the owner's name; it meets no faults itself.
class Owner implements FaultTarget {
  readonly #service: EmbeddedService
  readonly #apiKey: string

  constructor(service: EmbeddedService, apiKey: string) {
    this.#service = service
    this.#apiKey = apiKey
  }

  expireTokens(): void {
    this.#service.expireTokens()
  }

  async change(method: string, path: string): Promise<void> {
    const grant_type = 'urn:ibm:params:oauth:grant-type:apikey'
    const form = new URLSearchParams({ grant_type, apikey: this.#apiKey })
    const init = { method: 'POST', body: new TextEncoder().encode(form.toString()) }
    const issued: unknown = await (await this.#ask('/identity/token', init)).json()
    const headers = {
      authorization: `Bearer ${String(Reflect.get(Object(issued), 'access_token'))}`,
      'bluemix-instance': this.#service.instance,
    }
    const reply = await this.#ask(`/api/v2${path}`, { method, headers })
    if (reply.ok) return
    const hint = `The embedded service answered ${reply.status}: ${await reply.text()}`
    throw new MisuseError('ERR_STATE', 'the key cannot be changed', { hint })
  }

  #ask(path: string, init: RequestInit): Promise<Response> {
    return answer(this.#service, new URL(path, URL_OF_NOWHERE), init)
  }
}

/**
 * Starts a key service inside this program.
 *
 * It is the root-key service of this project, compiled to WebAssembly: the same router, the same
 * states and the same refusals, for tests, offline work and a first look. Loads its module at the
 * first call.
 *
 * @param options - Nothing for an account that ends with the program.
 * @returns What `keyProtect` takes, so that the code is that of production.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown or wrong.
 * @throws {@link FormatError} `ERR_FORMAT_INVALID` for bytes that are no snapshot.
 * @throws {@link OpenError} `ERR_OPEN_FAILED` for an altered snapshot or another master key.
 * @example
 * const kms = keyProtect({ ...(await embeddedKeyProtect()) })
 * const rootKey = await kms.createRootKey({ name: 'orders' })
 */
export async function embeddedKeyProtect(
  options?: EmbeddedKeyProtectOptions,
): Promise<EmbeddedKeyProtect> {
  const names = ['masterKey', 'snapshot', 'region', 'instance'] as const
  const read = readOptions(options, 'options', names)
  const { region, instance } = read
  const given = read.masterKey === undefined ? undefined : readBytes(read.masterKey, 'masterKey')
  if (given !== undefined && given.length !== 32) refuse('masterKey', 'has to have 32 bytes')
  const snapshot = read.snapshot === undefined ? undefined : readBytes(read.snapshot, 'snapshot')
  if (snapshot !== undefined) {
    if (given === undefined) refuse('masterKey', 'has to be given with `snapshot`')
    if (region !== undefined) refuse('region', 'cannot be given with `snapshot`')
    if (instance !== undefined) refuse('instance', 'cannot be given with `snapshot`')
  }
  const { EmbeddedService } = await loadService()
  const masterKey = given?.slice() ?? crypto.getRandomValues(new Uint8Array(32))
  const tokens = new PlatformImportTokens()
  try {
    const service =
      snapshot === undefined
        ? EmbeddedService.create(
            {
              ...(region === undefined ? {} : { region: readText(region, 'region') }),
              ...(instance === undefined ? {} : { instance: readText(instance, 'instance') }),
            },
            masterKey,
            tokens,
          )
        : EmbeddedService.restore(snapshot, masterKey, tokens)
    return new EmbeddedKeyProtect(service, given !== undefined)
  } catch (thrown) {
    throw coded(thrown)
  } finally {
    masterKey.fill(0)
  }
}

// The service throws objects with a code of its own table, which is this package's.
function coded(thrown: unknown): TsutsumiError {
  const code: unknown = Reflect.get(Object(thrown), 'code')
  const text: unknown = Reflect.get(Object(thrown), 'message')
  const message = typeof text === 'string' ? text : 'the embedded service cannot be started'
  switch (code) {
    case 'ERR_OPEN_FAILED':
      return new OpenError()
    case 'ERR_FORMAT_INVALID':
      return new FormatError(code, message)
    case 'ERR_ARGUMENT':
      return new MisuseError(code, message)
    default:
      return new InternalError(message, { cause: thrown })
  }
}
