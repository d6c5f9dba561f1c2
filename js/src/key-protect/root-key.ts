/**
 * A root key of Key Protect.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { adoptDataKey, type DataKey, dataKeyHandle, withDataKey } from '../data-key.js'
import { readReply } from '../http/key-reply.js'
import type { Reply } from '../http/rest.js'
import { readOptions, readSignal } from '../options.js'
import {
  encodeSlot,
  foreignSlot,
  type RewrapOptions,
  type RootKey,
  readRewrapOptions,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from '../root-key.js'
import { core } from '../wasm/instance.js'
import { receive } from '../wasm/memory.js'
import { openRequest, PROVIDER, slotOf, withContext } from './bodies.js'
import type { RootKeyDescription } from './description.js'
import type { Name } from './name.js'
import { Naming } from './naming.js'
import { openRefused } from './reply-errors.js'
import type { Transport } from './transport.js'
import { type KeyVersion, type RotateOptions, readVersions, rotation } from './versions.js'

/** What ends a call early. */
export interface CallOptions {
  /** The call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
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
  readonly #naming: Naming

  /** Made by {@link KeyProtect.key} and {@link KeyProtect.createRootKey}. */
  constructor(transport: Transport, id: string, name?: Name) {
    this.#transport = transport
    this.#naming = new Naming(transport, id, name)
    this.id = id
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
    const { id, crn } = await this.#naming.resolve(signal)
    const body = withContext(context, (_, bound) =>
      withDataKey(dataKey, core, (calls, key) =>
        receive(calls, calls.keyProtectWrapRequest(key, bound)),
      ),
    )
    try {
      const call = { ...this.#transport.action(id, 'wrap'), body, repeatable: true, signal }
      const reply = await this.#transport.send({ what: 'wrap', method: 'POST', ...call })
      return slotOf(crn, reply)
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
    const { reply } = await this.#open('unwrap', slot, readWrapOptions(options))
    return adoptDataKey(
      readReply(reply, (calls, length) => {
        const key = calls.keyProtectReadUnwrapReply(length)
        calls.wipe()
        return key
      }),
    )
  }

  /**
   * Has the service wrap a data key anew, under the newest version of the root key.
   *
   * The data key itself does not leave the service. One call.
   *
   * @param slot - As {@link KeyProtectRootKey.wrap} returned it.
   * @param options - The same context as then, or the strings that stand for it; a signal.
   * @returns The slot to store in its place.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another root key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the wrapped key or the context was altered.
   * @throws {@link KmsError} `ERR_KMS_*`.
   */
  async rewrap(slot: Slot, options?: RewrapOptions): Promise<Slot> {
    const { crn, reply } = await this.#open('rewrap', slot, readRewrapOptions(options))
    return slotOf(crn, reply)
  }

  /**
   * Asks the service what it knows about this key; never its material.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_MISSING` when there is none; other `ERR_KMS_*`.
   */
  describe(options?: CallOptions): Promise<RootKeyDescription> {
    return this.#naming.describe(readCallOptions(options))
  }

  /**
   * Disables the key: everything under it stays closed until {@link KeyProtectRootKey.enable}.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is not active; other `ERR_KMS_*`.
   */
  disable(options?: CallOptions): Promise<void> {
    return this.#act('disable', readCallOptions(options))
  }

  /**
   * Enables a disabled key; the service may ask to wait for 30 seconds after disabling.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is not disabled; other `ERR_KMS_*`.
   */
  enable(options?: CallOptions): Promise<void> {
    return this.#act('enable', readCallOptions(options))
  }

  /**
   * Destroys the key, and with it everything sealed under it.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is protected or destroyed already; other
   *   `ERR_KMS_*`.
   */
  async delete(options?: CallOptions): Promise<void> {
    const signal = readCallOptions(options)
    const { id } = await this.#naming.resolve(signal)
    const path = `/keys/${encodeURIComponent(id)}`
    const call = { method: 'DELETE', path, repeatable: false, prefer: 'minimal', signal } as const
    await this.#transport.send({ what: 'delete the key', ...call })
  }

  /**
   * Brings a destroyed key back, and with it what was sealed under it; within 30 days.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it is not destroyed, or was only just now;
   *   other `ERR_KMS_*`.
   */
  async restore(options?: CallOptions): Promise<void> {
    const signal = readCallOptions(options)
    const { id } = await this.#naming.resolve(signal)
    const path = `/keys/${encodeURIComponent(id)}/restore`
    const call = { method: 'POST', path, repeatable: false, prefer: 'minimal', signal } as const
    await this.#transport.send({ what: 'restore the key', ...call })
  }

  /**
   * Gives the key a new version, which wraps from now on; the older ones still unwrap.
   *
   * What is wrapped stays as it is: {@link KeyProtectRootKey.rewrap} brings it up to date. The
   * service allows one rotation an hour.
   *
   * @param options - `material` for a key that was imported, and only then; a signal.
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when it was rotated less than an hour ago; other
   *   `ERR_KMS_*`.
   */
  async rotate(options?: RotateOptions): Promise<void> {
    const { body, signal } = rotation(options)
    try {
      await this.#act('rotate', signal, body)
    } finally {
      body?.fill(0)
    }
  }

  /**
   * Lists the versions of the key, of which the newest wraps.
   *
   * @throws {@link KmsError} `ERR_KMS_KEY_STATE` when the key is not active; other `ERR_KMS_*`.
   */
  async versions(options?: CallOptions): Promise<KeyVersion[]> {
    const signal = readCallOptions(options)
    const { id } = await this.#naming.resolve(signal)
    const path = `/keys/${encodeURIComponent(id)}/versions?limit=5000&allKeyStates=true`
    const call = { method: 'GET', path, repeatable: true, signal } as const
    return readVersions(await this.#transport.send({ what: 'list versions', ...call }))
  }

  async #act(
    action: string,
    signal: AbortSignal | undefined,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const { id } = await this.#naming.resolve(signal)
    const more = body === undefined ? {} : { body }
    const call = { ...this.#transport.action(id, action), ...more, repeatable: false, signal }
    await this.#transport.send({ what: `${action} the key`, method: 'POST', ...call })
  }

  async #open(
    action: 'unwrap' | 'rewrap',
    slot: Slot,
    terms: ReturnType<typeof readWrapOptions> | ReturnType<typeof readRewrapOptions>,
  ): Promise<{ readonly crn: string; readonly reply: Reply }> {
    const { signal } = terms
    encodeSlot(slot)
    const [info, ciphertext] = [
      new TextDecoder().decode(slot.info),
      readBytes(slot.ciphertext, 'slot'),
    ]
    // A CRN says which instance it is of: most foreign slots are known before anything is resolved.
    if (slot.provider !== PROVIDER) throw foreignSlot(this.id)
    const { id, crn } = await this.#naming.resolve(signal)
    if (info !== crn) throw foreignSlot(crn)
    const body = openRequest(ciphertext, terms)
    const call = { ...this.#transport.action(id, action), body, repeatable: true, signal }
    try {
      return { crn, reply: await this.#transport.send({ what: action, method: 'POST', ...call }) }
    } catch (error) {
      throw openRefused(error) ?? error
    }
  }
}
