/**
 * The client of IBM Key Protect, and of every service that speaks its API.
 *
 * @module
 */

import { joinFields, readBytes } from '../bytes.js'
import { type Clock, platformClock } from '../http/clock.js'
import { nonsense } from '../http/refusal.js'
import { readOptions, readSignal, readText, refuse } from '../options.js'
import { enter } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'
import { type RootKeyDescription, readDescriptions, readOneDescription } from './description.js'
import { checkName, readKeyId } from './name.js'
import { type CallOptions, KeyProtectRootKey } from './root-key.js'
import { type KeyProtectOptions, readSettings } from './settings.js'
import { Transport } from './transport.js'

/** What {@link KeyProtect.createRootKey} takes. */
export interface CreateRootKeyOptions {
  /** For people; 2 to 90 characters. */
  readonly name: string
  /** Names that stand for the key's id; up to 5, each 2 to 90 letters, digits, `-` and `_`. */
  readonly aliases?: readonly string[]
  /** For people; 2 to 240 characters. Not together with `material`. */
  readonly description?: string
  /** Key material of your own, 16, 24 or 32 bytes; absent, the service makes it. */
  readonly material?: Uint8Array | ArrayBuffer
  /** Ends the call early. */
  readonly signal?: AbortSignal
}

/** Options of {@link KeyProtect.listRootKeys}. */
export interface ListRootKeysOptions extends CallOptions {
  /** Whether those that were destroyed, and can be restored, are to be listed too. */
  readonly destroyed?: boolean
}

const KEY_TYPE = 'application/vnd.ibm.kms.key+json'
const PAGE = 200
const PAGES_MAX = 500

/** An instance of Key Protect; see {@link keyProtect}. */
export class KeyProtect {
  readonly #transport: Transport

  /** Made by {@link keyProtect}. */
  constructor(transport: Transport) {
    this.#transport = transport
  }

  /**
   * Names a root key; asks nobody yet.
   *
   * @param id - Its id, one of its aliases, or its CRN. The CRN saves a call: it is what messages
   *   carry, and is looked up once for the others.
   * @returns A root key for {@link Envelope}.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what cannot be one, or is of another instance.
   */
  key(id: string): KeyProtectRootKey {
    return new KeyProtectRootKey(this.#transport, readKeyId(id))
  }

  /**
   * Creates a root key, or imports one.
   *
   * Not repeated when the reply is lost, lest there be two: look with
   * {@link KeyProtect.listRootKeys} before trying again.
   *
   * @param options - At least a name. Material is copied into the core; overwrite yours.
   * @returns The root key.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what the service would refuse.
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when an alias is taken; other `ERR_KMS_*`.
   */
  async createRootKey(options: CreateRootKeyOptions): Promise<KeyProtectRootKey> {
    const read = readOptions(options, 'options', [
      'name',
      'aliases',
      'description',
      'material',
      'signal',
    ])
    const name = readSized(read.name, 'name', 90)
    const aliases = readAliases(read.aliases)
    const signal = readSignal(read.signal)
    const { description, material } = read
    if (description !== undefined && material !== undefined) {
      refuse('description', 'cannot be given together with `material`')
    }
    const body =
      material === undefined
        ? createRequest(name, aliases, description)
        : importRequest(name, aliases, readBytes(material, 'material'))
    try {
      const call = { method: 'POST', path: '/keys', type: KEY_TYPE, body, signal } as const
      const more = { what: 'create a key', repeatable: false, prefer: 'representation' } as const
      const reply = await this.#transport.send({ ...call, ...more })
      const made = readOneDescription(reply, 'a request to create a key')
      const name = checkName(made, made.id, this.#transport.settings.instance)
      return new KeyProtectRootKey(this.#transport, made.id, name)
    } finally {
      body.fill(0)
    }
  }

  /**
   * Lists the root keys that the credentials may see.
   *
   * One call for every 200.
   *
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   */
  async listRootKeys(options?: ListRootKeysOptions): Promise<RootKeyDescription[]> {
    const read = readOptions(options, 'options', ['destroyed', 'signal'])
    const signal = readSignal(read.signal)
    const { destroyed = false } = read
    if (typeof destroyed !== 'boolean') refuse('destroyed', 'has to be true or false')
    const states = destroyed ? '&state=0,1,2,3,5' : ''
    const all: RootKeyDescription[] = []
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const path = `/keys?extractable=false${states}&limit=${PAGE}&offset=${all.length}`
      const call = { method: 'GET', path, repeatable: true, signal } as const
      const reply = await this.#transport.send({ what: 'list keys', ...call })
      const page = readDescriptions(reply, 'a request for keys')
      all.push(...page)
      if (page.length < PAGE) return all
    }
    throw nonsense('a request for keys with one page after another', {})
  }
}

/**
 * Makes a client of IBM Key Protect; asks nobody yet.
 *
 * Tokens are fetched once for all callers and renewed ahead of time. Failed calls are repeated up
 * to twice where that makes sense, with random pauses, inside `deadline_ms`. Redirects are not
 * followed.
 *
 * @param options - Where the instance is, and the credentials.
 * @returns The client; it holds nothing that needs disposal.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown, missing or wrong.
 * @example
 * const kms = keyProtect({ region: 'us-south', instance, apiKey })
 * const envelope = new Envelope({ rootKey: kms.key('orders') })
 */
export function keyProtect(options: KeyProtectOptions): KeyProtect {
  return makeClient(options, platformClock)
}

/** The same with a clock of the caller's, for tests. */
export function makeClient(options: KeyProtectOptions, clock: Clock): KeyProtect {
  return new KeyProtect(new Transport(readSettings(options), clock))
}

function readSized(value: unknown, argument: string, max: number): string {
  const text = readText(value, argument)
  if (text.length < 2 || text.length > max) refuse(argument, `has to have 2 to ${max} characters`)
  return text
}

function readAliases(value: unknown): readonly string[] {
  if (value === undefined) return []
  if (!Array.isArray(value) || value.length > 5) refuse('aliases', 'has to be an array of up to 5')
  return value.map(readAlias)
}

function readAlias(alias: unknown): string {
  if (typeof alias === 'string' && /^[A-Za-z0-9_-]{2,90}$/.test(alias)) return alias
  refuse('aliases', 'has to have 2 to 90 letters, digits, `-` and `_` in each')
}

function createRequest(
  name: string,
  aliases: readonly string[],
  description: unknown,
): Uint8Array<ArrayBuffer> {
  const resource = {
    type: KEY_TYPE,
    name,
    extractable: false,
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(description === undefined
      ? {}
      : { description: readSized(description, 'description', 240) }),
  }
  const metadata = { collectionType: KEY_TYPE, collectionTotal: 1 }
  return new TextEncoder().encode(JSON.stringify({ metadata, resources: [resource] }))
}

// The core writes this one: the material in base64 must not become a JavaScript string.
function importRequest(
  name: string,
  aliases: readonly string[],
  material: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const title = encoder.encode(name)
  const others = joinFields(aliases.map((alias) => encoder.encode(alias)))
  return enter((core) => {
    send(core, material, title, others)
    const length = core.keyProtectImportRequest(material.length, title.length, others.length)
    const body = receive(core, length)
    core.wipe()
    return body
  })
}
