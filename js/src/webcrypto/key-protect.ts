/**
 * Root keys of Key Protect without the core.
 *
 * Key Protect takes and returns data keys as text, so a data key is bytes here for as long as a
 * request is written or a reply is read; they are overwritten at once, and are never a string.
 *
 * @module
 */

import { base64Bytes, concat, readBytes } from '../bytes.js'
import { OpenError } from '../errors.js'
import { platformClock } from '../http/clock.js'
import { encodeBase64url } from '../interop/base64url.js'
import { readKeyId } from '../key-protect/name.js'
import { Naming } from '../key-protect/naming.js'
import { openRefused } from '../key-protect/reply-errors.js'
import { type KeyProtectOptions, readSettings } from '../key-protect/settings.js'
import { Transport } from '../key-protect/transport.js'
import type { Context } from '../pairs.js'
import {
  encodeSlot,
  foreignSlot,
  readWrapOptions,
  type Slot,
  type WrapOptions,
} from '../root-key.js'
import { encodeContext } from './context.js'
import { adoptBytes, readDataKey } from './keys.js'
import { readUnwrapReply, readWrapReply } from './reply.js'
import type { RootKey } from './root-key.js'

type Bytes = Uint8Array<ArrayBuffer>

const PROVIDER = 'ibm-key-protect'

const encoder = new TextEncoder()

// spec: K-2
async function aadOf(context: Context): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-384', encodeContext(context, 'message'))
  return encodeBase64url(new Uint8Array(digest))
}

async function wrapRequest(dataKey: CryptoKey, aad: string): Promise<Bytes> {
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', dataKey))
  const text = base64Bytes(key)
  key.fill(0)
  const body = concat([
    encoder.encode('{"plaintext":"'),
    text,
    encoder.encode(`","aad":["${aad}"]}`),
  ])
  text.fill(0)
  return body
}

function unwrapRequest(ciphertext: Bytes, aad: string): Bytes {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(ciphertext)
  } catch {
    throw new OpenError()
  }
  return encoder.encode(JSON.stringify({ ciphertext: text, aad: [aad] }))
}

/** A root key by id, alias or CRN; made by {@link KeyProtect.key}. */
export class KeyProtectRootKey implements RootKey {
  readonly provider: string = PROVIDER
  readonly id: string
  readonly #transport: Transport
  readonly #naming: Naming

  /** Made by {@link KeyProtect.key}. */
  constructor(transport: Transport, id: string) {
    this.#transport = transport
    this.#naming = new Naming(transport, id)
    this.id = id
  }

  /**
   * Has the service wrap a data key: one call, and one more the first time for a key that is not
   * named by its CRN.
   *
   * @param dataKey - What an {@link Envelope} made.
   * @param options - The context that unwrapping has to show again; a signal.
   * @returns The slot to store.
   * @throws {@link KmsError} `ERR_KMS_*`; `ERR_KMS_KEY_STATE` when it is disabled or destroyed.
   */
  async wrap(dataKey: CryptoKey, options?: WrapOptions): Promise<Slot> {
    const { context, signal } = readWrapOptions(options)
    const { id, crn } = await this.#naming.resolve(signal)
    const body = await wrapRequest(readDataKey(dataKey), await aadOf(context))
    try {
      const call = { ...this.#transport.action(id, 'wrap'), body, repeatable: true, signal }
      const reply = await this.#transport.send({ what: 'wrap', method: 'POST', ...call })
      // spec: K-1
      return { provider: PROVIDER, info: encoder.encode(crn), ...readWrapReply(reply) }
    } finally {
      body.fill(0)
    }
  }

  /**
   * Has the service unwrap a data key; a slot of another root key is refused without a call.
   *
   * @param slot - As {@link KeyProtectRootKey.wrap} returned it.
   * @param options - The same context as then; a signal.
   * @returns The data key: it derives, and cannot be exported.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` for the slot of another root key.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if the wrapped key or the context was altered.
   * @throws {@link KmsError} `ERR_KMS_*`; `ERR_KMS_KEY_STATE` when it is disabled or destroyed.
   */
  async unwrap(slot: Slot, options?: WrapOptions): Promise<CryptoKey> {
    const { context, signal } = readWrapOptions(options)
    encodeSlot(slot)
    if (slot.provider !== PROVIDER) throw foreignSlot(this.id)
    const { id, crn } = await this.#naming.resolve(signal)
    if (new TextDecoder().decode(slot.info) !== crn) throw foreignSlot(crn)
    const body = unwrapRequest(readBytes(slot.ciphertext, 'slot'), await aadOf(context))
    const call = { ...this.#transport.action(id, 'unwrap'), body, repeatable: true, signal }
    const reply = await this.#transport
      .send({ what: 'unwrap', method: 'POST', ...call })
      .catch((error) => {
        throw openRefused(error) ?? error
      })
    return adoptBytes(readUnwrapReply(reply))
  }
}

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
   * @param id - Its id, one of its aliases, or its CRN.
   * @returns A root key for {@link Envelope}.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what cannot be one, or is of another instance.
   */
  key(id: string): KeyProtectRootKey {
    return new KeyProtectRootKey(this.#transport, readKeyId(id))
  }
}

/**
 * Makes a client of Key Protect whose root keys wrap and unwrap; `tsutsumi/key-protect` has the
 * rest.
 *
 * @param options - As for `keyProtect` of `tsutsumi/key-protect`.
 * @returns The client.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are missing, unknown or malformed.
 * @example
 * const kms = keyProtect({ region: 'us-south', instance, token: () => fetchToken() })
 * const envelope = new Envelope({ rootKey: kms.key('orders') })
 */
export function keyProtect(options: KeyProtectOptions): KeyProtect {
  return new KeyProtect(new Transport(readSettings(options), platformClock))
}
