/**
 * A root key in a key service that is asked by JSON over HTTP: what all of them have in common.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import type { Context } from '../context.js'
import { type DataKey, dataKeyHandle } from '../data-key.js'
import { KmsError, OpenError } from '../errors.js'
import { jsonOf, nonsense } from '../http/refusal.js'
import type { Reply, RestCall } from '../http/rest.js'
import {
  encodeSlot,
  foreignSlot,
  type RootKey,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from '../root-key.js'
import { readKey, type TextEncoding, writeKey } from './key-bytes.js'

/** A call of a key service. */
export interface RemoteCall extends RestCall {
  /** Of the request, from the first slash on; or the operation, where there is but one address. */
  readonly path: string
  readonly body: Uint8Array<ArrayBuffer>
}

/** A request with a data key in it. */
export interface WrapRequest {
  readonly path: string
  /** The body up to the key, and from there on. */
  readonly around: readonly [before: string, after: string]
}

/** A request without one. */
export interface PlainRequest {
  readonly path: string
  readonly body: unknown
}

/** What is particular to a service and a key in it. */
export interface RemoteKey {
  /** Who this is in a slot. */
  readonly provider: string
  /** What the caller named. */
  readonly id: string
  /** How the service writes bytes. */
  readonly encoding: TextEncoding
  /** Where the key stands in a reply. */
  readonly keyPath: string
  wrapRequest(context: Context): WrapRequest
  unwrapRequest(slot: Slot, context: Context): PlainRequest
  rewrapRequest?(slot: Slot, context: Context): PlainRequest
  /** Reads a wrapped key; undefined if there is none in the reply. */
  readWrapped(json: unknown): Omit<Slot, 'provider'> | undefined
  /** Whether a slot is of this key. */
  owns(slot: Slot): boolean
  /** Whether the refusal to unwrap means that the wrapped key or the context was altered. */
  isOpenFailure(error: KmsError): boolean
}

/** The way to a service. */
export interface Sender {
  /** Makes a call and returns its success. */
  send(call: RemoteCall): Promise<Reply>
}

/** Wraps and unwraps through a service. */
export class RemoteRootKey implements RootKey {
  readonly provider: string
  readonly id: string
  readonly #rest: Sender
  readonly #find: (signal: AbortSignal | undefined) => Promise<RemoteKey>

  /** @param find - Resolves what the caller named; called each time, so it remembers. */
  constructor(
    { provider, id }: Pick<RemoteKey, 'provider' | 'id'>,
    rest: Sender,
    find: (signal: AbortSignal | undefined) => Promise<RemoteKey>,
  ) {
    this.provider = provider
    this.id = id
    this.#rest = rest
    this.#find = find
  }

  /**
   * Has the service wrap a data key.
   *
   * One call. The request is written by the core, sent as bytes, and overwritten.
   *
   * @param dataKey - Stays usable.
   * @param options - The context that unwrapping has to show again; a signal.
   * @returns The slot to store.
   * @throws {@link KmsError} `ERR_KMS_*`; `ERR_KMS_KEY_STATE` for a key that is disabled or gone.
   */
  async wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot> {
    const { context, signal } = readWrapOptions(options)
    void dataKeyHandle(dataKey).id
    const key = await this.#find(signal)
    const { path, around } = key.wrapRequest(context)
    const body = await writeKey(dataKey, ...around, key.encoding)
    try {
      const call = { what: 'wrap', path, body, repeatable: true, signal }
      return readSlot(key, await this.#rest.send(call))
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
   * @param slot - As {@link RemoteRootKey.wrap} returned it.
   * @param options - The same context as then; a signal.
   * @returns The data key, to be disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another root key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the wrapped key or the context was altered.
   * @throws {@link KmsError} `ERR_KMS_*`; `ERR_KMS_KEY_STATE` for a key that is disabled or gone.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    const { key, reply } = await this.ask('unwrap', slot, options, (key) => key.unwrapRequest)
    return readKey(reply, key.keyPath, key.encoding)
  }

  /** Asks the service about a slot, after it was seen to be of this key. */
  protected async ask(
    what: string,
    slot: Slot,
    options: WrapOptions | undefined,
    requestOf: (key: RemoteKey) => RemoteKey['unwrapRequest'],
  ): Promise<{ readonly key: RemoteKey; readonly reply: Reply }> {
    const { context, signal } = readWrapOptions(options)
    encodeSlot(slot)
    const copy = { ...slot, ciphertext: readBytes(slot.ciphertext, 'slot').slice() }
    if (slot.provider !== this.provider) throw foreignSlot(this.id)
    const key = await this.#find(signal)
    if (!key.owns(copy)) throw foreignSlot(this.id)
    const { path, body: json } = requestOf(key).call(key, copy, context)
    const body = new TextEncoder().encode(JSON.stringify(json))
    try {
      const reply = await this.#rest.send({ what, path, body, repeatable: true, signal })
      return { key, reply }
    } catch (error) {
      throw error instanceof KmsError && key.isOpenFailure(error) ? new OpenError() : error
    }
  }
}

/** The same for services that wrap anew what they wrapped. */
export class RewrappingRootKey extends RemoteRootKey {
  /**
   * Has the service wrap a data key anew, under the newest version of the root key.
   *
   * The data key itself does not leave the service. One call.
   *
   * @param slot - As {@link RemoteRootKey.wrap} returned it.
   * @param options - The same context as then; a signal.
   * @returns The slot to store in its place.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another root key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the wrapped key or the context was altered.
   * @throws {@link KmsError} `ERR_KMS_*`.
   */
  async rewrap(slot: Slot, options?: WrapOptions): Promise<Slot> {
    const { key, reply } = await this.ask(
      'rewrap',
      slot,
      options,
      (key) => key.rewrapRequest ?? key.unwrapRequest,
    )
    return readSlot(key, reply)
  }
}

function readSlot(key: RemoteKey, reply: Reply): Slot {
  const slot = key.readWrapped(jsonOf(reply.body))
  if (slot !== undefined) return { provider: key.provider, ...slot }
  const { status, correlationId, attempts } = reply
  throw nonsense('a wrap without a wrapped key', { status, correlationId, attempts })
}
