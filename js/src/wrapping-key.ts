/**
 * Wrapping keys: root keys that the program holds itself, as 32 bytes.
 *
 * @module
 */

import { readBytes, stillThere } from './bytes.js'
import { contextHandle } from './context.js'
import { adoptDataKey, type DataKey, withDataKey } from './data-key.js'
import { PolicyError } from './errors.js'
import { readOptions, readText } from './options.js'
import {
  decodeSlots,
  encodeSlot,
  type RootKey,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from './root-key.js'
import { loadFormats } from './wasm/formats.js'
import { Handle } from './wasm/handle.js'
import { core, type Instance } from './wasm/instance.js'
import { receive, send } from './wasm/memory.js'

/** What a wrapping key is called in the messages it opens. */
export interface WrappingKeyOptions {
  /** Who holds the key; the provider of its slots. Cannot begin with `aws-kms`. */
  readonly namespace: string
  /** Which of its keys this is. */
  readonly name: string
}

/** A root key in the memory of the core; see {@link wrappingKey}. */
export class WrappingKey implements RootKey {
  readonly provider: string
  readonly id: string
  readonly #handle: Handle

  /** Made by {@link wrappingKey}. */
  constructor(handle: Handle, options: WrappingKeyOptions) {
    this.#handle = handle
    this.provider = options.namespace
    this.id = options.name
  }

  /**
   * Wraps a data key, without any I/O.
   *
   * @param dataKey - Stays usable.
   * @param options - The context that unwrapping has to show again.
   * @throws {@link MisuseError} `ERR_STATE` when either key was disposed of.
   */
  async wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot> {
    const { context, signal } = readWrapOptions(options)
    signal?.throwIfAborted()
    const { id, instance } = this.#handle
    const bound = contextHandle(instance, context, 'message')
    try {
      const [slot] = decodeSlots(
        withDataKey(dataKey, instance, (calls, key) =>
          receive(calls, calls.wrappingKeyWrap(id, key, bound.id)),
        ),
      )
      return slot as Slot
    } finally {
      bound.dispose()
    }
  }

  /**
   * Unwraps a slot that this key wrapped, without any I/O.
   *
   * @param slot - As {@link WrappingKey.wrap} returned it.
   * @param options - The same context as then.
   * @returns The data key, to be disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the slot or the context was altered.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    const { context, signal } = readWrapOptions(options)
    signal?.throwIfAborted()
    const encoded = encodeSlot(slot)
    if (slot.provider !== this.provider) {
      throw new PolicyError('ERR_POLICY_KEY', 'the slot belongs to another key')
    }
    const { instance } = this.#handle
    const bound = contextHandle(instance, context, 'message')
    try {
      return adoptDataKey(
        this.#handle.enter((calls, id) =>
          calls.wrappingKeyUnwrap(id, send(calls, encoded), bound.id),
        ),
        instance,
      )
    } finally {
      bound.dispose()
    }
  }

  /** Overwrites the key; does nothing the second time. */
  dispose(): void {
    this.#handle.dispose()
  }

  /** What `using` calls: the same as {@link WrappingKey.dispose}. */
  [Symbol.dispose](): void {
    this.#handle.dispose()
  }
}

/**
 * Makes a root key of 32 bytes that the program holds itself.
 *
 * Its slots are those of the raw AES keyring of the AWS Encryption SDK: any of its languages opens
 * them, given the same bytes and names. The bytes are copied into the core; overwrite yours.
 *
 * @param bytes - 32 random bytes. Not modified, not retained.
 * @param options - The names under which slots say whose they are.
 * @returns A root key for {@link Envelope}, to be disposed of.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for another length or an empty name.
 * @example
 * const rootKey = wrappingKey(bytes, { namespace: 'acme', name: 'laptop' })
 * const envelope = new Envelope({ rootKey })
 */
export function wrappingKey(
  bytes: Uint8Array | ArrayBuffer,
  options: WrappingKeyOptions,
): WrappingKey {
  return makeKey(core, readBytes(bytes, 'bytes'), readNames(options))
}

/**
 * Makes a root key of 16, 24 or 32 bytes, to read what the raw AES keyring of an AWS Encryption SDK
 * wrapped under keys of such lengths.
 *
 * One of fewer than 32 bytes unwraps only. The module with all formats is loaded for it.
 *
 * @param bytes - The key. Not modified, not retained; leave it alone until the promise settles.
 * @param options - The names under which slots say whose they are.
 * @returns A root key for {@link Envelope}, to be disposed of.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for another length or an empty name.
 * @example
 * const rootKey = await aesUnwrappingKey(bytes, { namespace: 'acme', name: 'archive' })
 * const envelope = new Envelope({ rootKey, commitment: 'allow-uncommitted' })
 */
export async function aesUnwrappingKey(
  bytes: Uint8Array | ArrayBuffer,
  options: WrappingKeyOptions,
): Promise<WrappingKey> {
  const [key, names] = [readBytes(bytes, 'bytes'), readNames(options)]
  const { length } = key
  const instance = (await loadFormats()) as unknown as Instance
  stillThere(key, length, 'bytes')
  return makeKey(instance, key, names)
}

function readNames(options: WrappingKeyOptions): WrappingKeyOptions {
  const names = readOptions(options, 'options', ['namespace', 'name'])
  return {
    namespace: readText(names.namespace, 'namespace'),
    name: readText(names.name, 'name'),
  }
}

function makeKey(instance: Instance, key: Uint8Array, names: WrappingKeyOptions): WrappingKey {
  const encoder = new TextEncoder()
  const [space, label] = [encoder.encode(names.namespace), encoder.encode(names.name)]
  const id = instance.enter((calls) => {
    send(calls, key, space, label)
    return calls.wrappingKeyNew(key.length, space.length, label.length)
  })
  return new WrappingKey(new Handle(instance, 'wrapping key', id), names)
}
