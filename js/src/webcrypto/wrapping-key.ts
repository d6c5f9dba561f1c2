/**
 * Wrapping keys as handles of the platform.
 *
 * @module
 */

import { concat, readBytes } from '../bytes.js'
import { OpenError, PolicyError } from '../errors.js'
import { readOptions, readText, refuse } from '../options.js'
import { encodeSlot, readWrapOptions, type Slot, type WrapOptions } from '../root-key.js'
import type { WrappingKeyOptions } from '../wrapping-key.js'
import { encodeContext } from './context.js'
import { NONCE_LEN, u32 } from './frame.js'
import { TAG_LEN } from './header.js'
import { gcm, importWrapping, readDataKey, unwrapUnder, wrapUnder } from './keys.js'
import type { RootKey } from './root-key.js'

type Bytes = Uint8Array<ArrayBuffer>

const KEY_LEN = 32
const INFO_MAX = 0xffff

/** A root key of 32 bytes, which cannot be read out; see {@link wrappingKey}. */
export class WrappingKey implements RootKey {
  readonly provider: string
  readonly id: string
  readonly #key: CryptoKey
  /** What stands before the nonce in the info of a slot. */
  readonly #start: Bytes

  /** Made by {@link wrappingKey}. */
  constructor(key: CryptoKey, start: Bytes, { namespace, name }: WrappingKeyOptions) {
    this.#key = key
    this.#start = start
    this.provider = namespace
    this.id = name
  }

  /**
   * Wraps a data key, without any I/O.
   *
   * @param dataKey - What an {@link Envelope} made.
   * @param options - The context that unwrapping has to show again.
   * @returns The slot.
   */
  async wrap(dataKey: CryptoKey, options?: WrapOptions): Promise<Slot> {
    const { context, signal } = readWrapOptions(options)
    signal?.throwIfAborted()
    // spec: W-4
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_LEN))
    const how = gcm(nonce, encodeContext(context, 'message'))
    const ciphertext = await wrapUnder(this.#key, readDataKey(dataKey), how)
    return { provider: this.provider, info: concat([this.#start, nonce]), ciphertext }
  }

  /**
   * Unwraps a slot that this key wrapped, without any I/O.
   *
   * @param slot - As {@link WrappingKey.wrap} returned it.
   * @param options - The same context as then.
   * @returns The data key: it derives, and cannot be exported.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the slot or the context was altered.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<CryptoKey> {
    const { context, signal } = readWrapOptions(options)
    signal?.throwIfAborted()
    encodeSlot(slot)
    const info = readBytes(slot.info, 'slot.info')
    const start = this.#start
    // spec: W-2
    if (
      slot.provider !== this.provider ||
      info.length !== start.length + NONCE_LEN ||
      !start.every((byte, at) => byte === info[at])
    ) {
      throw new PolicyError('ERR_POLICY_KEY', 'the slot belongs to another key')
    }
    const wrapped = readBytes(slot.ciphertext, 'slot.ciphertext')
    const how = gcm(info.subarray(start.length), encodeContext(context, 'message'))
    // spec: W-3
    if (wrapped.length !== KEY_LEN + TAG_LEN) throw new OpenError()
    try {
      return await unwrapUnder(this.#key, wrapped, how)
    } catch {
      throw new OpenError()
    }
  }
}

/**
 * Makes a root key of 32 bytes, held by the platform as a key that cannot be read out.
 *
 * Its slots are those of `wrappingKey` of `tsutsumi`, and of the raw AES keyring of the AWS
 * Encryption SDK. The bytes are copied; overwrite yours.
 *
 * @param bytes - 32 random bytes. Not modified, not retained.
 * @param options - The names under which slots say whose they are.
 * @returns A root key for {@link Envelope}.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for another length or an empty name.
 * @example
 * const rootKey = await wrappingKey(bytes, { namespace: 'acme', name: 'laptop' })
 * const envelope = new Envelope({ rootKey })
 */
export async function wrappingKey(
  bytes: Uint8Array | ArrayBuffer,
  options: WrappingKeyOptions,
): Promise<WrappingKey> {
  const material = readBytes(bytes, 'bytes')
  const read = readOptions(options, 'options', ['namespace', 'name'])
  const namespace = readText(read.namespace, 'namespace')
  const name = readText(read.name, 'name')
  if (material.length !== KEY_LEN) refuse('bytes', 'have to be 32 bytes')
  // spec: W-1
  if (namespace.startsWith('aws-kms')) refuse('namespace', 'cannot begin with `aws-kms`')
  const encoder = new TextEncoder()
  const start = concat([encoder.encode(name), u32(TAG_LEN * 8), u32(NONCE_LEN)])
  if (start.length + NONCE_LEN > INFO_MAX || encoder.encode(namespace).length > INFO_MAX) {
    refuse('name', 'and `namespace` cannot be longer than 65,507 bytes')
  }
  return new WrappingKey(await importWrapping(material), start, { namespace, name })
}
