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

// Reserved never to exist: a request that misses `fetch` below goes nowhere.
const URL_OF_NOWHERE = 'https://key-protect.invalid'

/** A key service in the memory of this program; spread it into `keyProtect`. */
export class EmbeddedKeyProtect {
  /** Address that only {@link EmbeddedKeyProtect.fetch} knows. */
  readonly url: string = URL_OF_NOWHERE
  /** GUID of its instance. */
  readonly instance: string
  /** API key of the account's owner. */
  readonly apiKey: string
  /** Answers requests to {@link EmbeddedKeyProtect.url} without any network. */
  readonly fetch: Fetch
  readonly #service: EmbeddedService
  readonly #lasting: boolean

  /** Made by {@link embeddedKeyProtect}. */
  constructor(service: EmbeddedService, lasting: boolean) {
    this.#service = service
    this.#lasting = lasting
    this.instance = service.instance
    this.apiKey = service.issueApiKey()
    this.fetch = (url, init) => answer(service, url, init)
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
   * Root keys are in there only wrapped under the master key.
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
  try {
    const service =
      snapshot === undefined
        ? EmbeddedService.create(
            {
              ...(region === undefined ? {} : { region: readText(region, 'region') }),
              ...(instance === undefined ? {} : { instance: readText(instance, 'instance') }),
            },
            masterKey,
          )
        : EmbeddedService.restore(snapshot, masterKey)
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

async function answer(service: EmbeddedService, url: string, init: RequestInit): Promise<Response> {
  init.signal?.throwIfAborted()
  const { origin, pathname, search } = new URL(url)
  if (origin !== URL_OF_NOWHERE) throw new TypeError(`only ${URL_OF_NOWHERE} is answered here`)
  const headers: string[] = []
  new Headers(init.headers).forEach((value, name) => {
    headers.push(name, value)
  })
  const body = await bodyOf(init)
  const reply = await service.handle(init.method ?? 'GET', pathname + search, headers, body)
  const { status } = reply
  const answered = new Headers()
  const names = reply.headers
  for (let i = 0; i + 1 < names.length; i += 2) answered.append(names[i] ?? '', names[i + 1] ?? '')
  const bytes = reply.body
  // A response copies what it is made of, and statuses such as 204 refuse even an empty body.
  const bodyless = status === 204 || status === 205 || status === 304
  const response = new Response(bodyless ? null : bytes, { status, headers: answered })
  bytes.fill(0)
  return response
}

async function bodyOf(init: RequestInit): Promise<Uint8Array> {
  if (init.body === undefined || init.body === null) return new Uint8Array(0)
  if (init.body instanceof Uint8Array) return init.body
  return new Uint8Array(await new Response(init.body).arrayBuffer())
}
