/**
 * A root key of Key Protect.
 *
 * @module
 */

import { readBytes, splitFields } from '../bytes.js'
import { type Context, contextHandle } from '../context.js'
import { adoptDataKey, type DataKey, dataKeyHandle, withDataKey } from '../data-key.js'
import { KmsError, MisuseError, PolicyError } from '../errors.js'
import { nonsense } from '../http/refusal.js'
import type { Reply } from '../http/rest.js'
import { Shared } from '../http/shared.js'
import { readOptions, readSignal, readText, refuse } from '../options.js'
import {
  encodeSlot,
  type RootKey,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from '../root-key.js'
import { type Core, core, enter } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'
import { type RootKeyDescription, readOneDescription } from './description.js'
import { openRefused } from './reply-errors.js'
import type { Transport } from './transport.js'

/** Who wraps, in a slot of Key Protect. */
export const PROVIDER = 'ibm-key-protect'

/** What ends a call early. */
export interface CallOptions {
  /** The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

interface Name {
  readonly id: string
  readonly crn: string
}

/** Checks the options of a call that has none but a signal. */
export function readCallOptions(options: CallOptions | undefined): AbortSignal | undefined {
  return readSignal(readOptions(options, 'options', ['signal']).signal)
}

/** A root key by id, alias or CRN; made by {@link KeyProtect.key}. */
export class KeyProtectRootKey implements RootKey {
  readonly provider: string = PROVIDER
  readonly id: string
  readonly #transport: Transport
  readonly #naming: Shared<Name>
  #name: Name | undefined

  /** Made by {@link KeyProtect.key} and {@link KeyProtect.createRootKey}. */
  constructor(transport: Transport, id: string, name?: Name) {
    this.#transport = transport
    this.#naming = new Shared(transport.clock, transport.settings.deadline_ms)
    this.id = id
    this.#name = name ?? nameFromCrn(id, transport.settings.instance)
  }

  /**
   * Has the service wrap a data key.
   *
   * One call, and one more the first time for a key that is not named by its CRN. The request is
   * written by the core, sent as bytes, and overwritten.
   *
   * @param dataKey - Stays usable.
   * @param options - The context that unwrapping has to show again; a signal.
   * @returns The slot to store.
   * @throws {@link KmsError} `ERR_KMS_*`; `ERR_KMS_KEY_STATE` when it is disabled or destroyed.
   */
  async wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot> {
    const { context, signal } = readWrapOptions(options)
    void dataKeyHandle(dataKey).id
    const { id, crn } = await this.#resolve(signal)
    const body = withContext(context, (_, bound) =>
      withDataKey(dataKey, core, (calls, key) =>
        receive(calls, calls.keyProtectWrapRequest(key, bound)),
      ),
    )
    try {
      const call = { ...this.#transport.action(id, 'wrap'), body, repeatable: true, signal }
      const reply = await this.#transport.send({ what: 'wrap', method: 'POST', ...call })
      const [ciphertext] = splitFields(
        readReply(reply, (calls, length) => receive(calls, calls.keyProtectReadWrapReply(length))),
        4,
      )
      if (ciphertext === undefined) throw nonsense('a wrap without a wrapped key', reply)
      return { provider: PROVIDER, info: new TextEncoder().encode(crn), ciphertext }
    } finally {
      body.fill(0)
    }
  }

  /**
   * Has the service unwrap a data key.
   *
   * A slot of another root key is refused without a call. The reply goes into the core as bytes and
   * is overwritten; the key in it is never a JavaScript value.
   *
   * @param slot - As {@link KeyProtectRootKey.wrap} returned it.
   * @param options - The same context as then; a signal.
   * @returns The data key, to be disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another root key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the wrapped key or the context was altered.
   * @throws {@link KmsError} `ERR_KMS_*`; `ERR_KMS_KEY_STATE` when it is disabled or destroyed.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    const { context, signal } = readWrapOptions(options)
    encodeSlot(slot)
    const [info, ciphertext] = [
      new TextDecoder().decode(slot.info),
      readBytes(slot.ciphertext, 'slot'),
    ]
    // A CRN says which instance it is of: most foreign slots are known before anything is resolved.
    if (slot.provider !== PROVIDER) throw foreign(this.id)
    const { id, crn } = await this.#resolve(signal)
    if (info !== crn) throw foreign(crn)
    const body = withContext(context, (calls, bound) =>
      receive(calls, calls.keyProtectUnwrapRequest(send(calls, ciphertext), bound)),
    )
    const call = { ...this.#transport.action(id, 'unwrap'), body, repeatable: true, signal }
    let reply: Reply
    try {
      reply = await this.#transport.send({ what: 'unwrap', method: 'POST', ...call })
    } catch (error) {
      throw openRefused(error) ?? error
    }
    return adoptDataKey(
      readReply(reply, (calls, length) => {
        const key = calls.keyProtectReadUnwrapReply(length)
        calls.wipe()
        return key
      }),
    )
  }

  /**
   * Asks the service what it knows about this key; never its material.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_MISSING` when there is none; other `ERR_KMS_*`.
   */
  describe(options?: CallOptions): Promise<RootKeyDescription> {
    return this.#describe(readCallOptions(options))
  }

  /**
   * Disables the key: everything under it stays closed until {@link KeyProtectRootKey.enable}.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is not active; other `ERR_KMS_*`.
   */
  disable(options?: CallOptions): Promise<void> {
    return this.#act('disable', options)
  }

  /**
   * Enables a disabled key; the service may ask to wait for 30 seconds after disabling.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is not disabled; other `ERR_KMS_*`.
   */
  enable(options?: CallOptions): Promise<void> {
    return this.#act('enable', options)
  }

  /**
   * Destroys the key, and with it everything sealed under it.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is protected or destroyed already; other
   *   `ERR_KMS_*`.
   */
  async delete(options?: CallOptions): Promise<void> {
    const signal = readCallOptions(options)
    const { id } = await this.#resolve(signal)
    const path = `/keys/${encodeURIComponent(id)}`
    const call = { method: 'DELETE', path, repeatable: false, prefer: 'minimal', signal } as const
    await this.#transport.send({ what: 'delete the key', ...call })
  }

  async #act(action: string, options: CallOptions | undefined): Promise<void> {
    const signal = readCallOptions(options)
    const { id } = await this.#resolve(signal)
    const call = { ...this.#transport.action(id, action), repeatable: false, signal }
    await this.#transport.send({ what: `${action} the key`, method: 'POST', ...call })
  }

  async #describe(signal: AbortSignal | undefined): Promise<RootKeyDescription> {
    const path = `/keys/${encodeURIComponent(this.#name?.id ?? this.id)}/metadata`
    const call = { method: 'GET', path, repeatable: true, signal } as const
    const reply = await this.#transport.send({ what: 'describe the key', ...call })
    return readOneDescription(reply, 'a request for a key')
  }

  // An alias may be moved to another key: what it meant at first is what this object stands for.
  async #resolve(signal: AbortSignal | undefined): Promise<Name> {
    if (this.#name !== undefined) return this.#name
    const named = await this.#naming.join(async (stop) => {
      const { id, crn } = await this.#describe(stop)
      return checkName({ id, crn }, this.id, this.#transport.settings.instance)
    }, signal)
    this.#name ??= named
    return this.#name
  }
}

/** Reads the id of a key out of its CRN; undefined for what is no CRN. */
export function nameFromCrn(text: string, instance: string): Name | undefined {
  if (!text.startsWith('crn:')) return undefined
  const parts = text.split(':')
  const id = parts[9]
  if (parts.length !== 10 || parts[4] !== 'kms' || parts[8] !== 'key' || !id) {
    refuse('id', 'is a CRN, but not that of a key', 'It has ten parts: `crn:v1:…:kms:…:key:<id>`.')
  }
  if (parts[7]?.toLowerCase() !== instance.toLowerCase()) {
    refuse('id', 'is the CRN of a key in another instance', 'Make a client for that instance.')
  }
  return { id, crn: text }
}

/**
 * Checks what the service says a key is called.
 *
 * The CRN goes into messages and decides what is opened: one that cannot be right is not taken.
 *
 * @throws {@link KmsError} `ERR_KMS_PROTOCOL` for the name of something else.
 */
export function checkName(name: Name, asked: string, instance: string): Name {
  const parts = name.crn.split(':')
  const fits = parts.length === 10 && parts[7]?.toLowerCase() === instance.toLowerCase()
  const other = UUID.test(asked) && asked.toLowerCase() !== name.id.toLowerCase()
  if (fits && parts[9] === name.id && !other) return name
  throw nonsense('a request for a key with another key', {})
}

/** Checks the id, alias or CRN of a key. */
export function readKeyId(value: unknown): string {
  const text = readText(value, 'id')
  if (text.startsWith('crn:') || /^[A-Za-z0-9_-]{2,90}$/.test(text)) return text
  throw new MisuseError('ERR_ARGUMENT', '`id` has to be the id, an alias or the CRN of a key', {
    argument: 'id',
  })
}

function foreign(id: string): PolicyError {
  return new PolicyError('ERR_POLICY_KEY', 'the slot belongs to another root key', {
    hint: `The configured root key is \`${id}\`.`,
  })
}

function withContext<T>(context: Context, work: (calls: Core, context: number) => T): T {
  const bound = contextHandle(core, context)
  try {
    return enter((calls) => {
      const result = work(calls, bound.id)
      calls.wipe()
      return result
    })
  } finally {
    bound.dispose()
  }
}

// The core says what is wrong with a reply; which reply it was is known here.
function readReply<T>(reply: Reply, read: (calls: Core, length: number) => T): T {
  try {
    return enter((calls) => read(calls, send(calls, reply.body)))
  } catch (error) {
    if (!(error instanceof KmsError)) throw error
    const { status, correlationId, attempts } = reply
    const { hint } = error
    throw new KmsError(error.code, error.message, { hint, status, correlationId, attempts })
  } finally {
    reply.body.fill(0)
  }
}
