/**
 * Keys that are shared with a program that uses another format.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { kindOf, refuse } from '../options.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import { send } from '../wasm/memory.js'

const KEY_LEN = 32

const permit = Symbol('permit')

let handleOf: (key: SharedKey) => Handle<FormatsGlue> | undefined

/** A key of 32 bytes in the memory of the core; see {@link sharedKey}. */
export class SharedKey {
  static {
    handleOf = (key) => (#handle in key ? key.#handle : undefined)
  }

  readonly #handle: Handle<FormatsGlue>

  /** Made by {@link sharedKey}. */
  constructor(given: symbol, handle: Handle<FormatsGlue>) {
    if (given !== permit) refuse('key', 'cannot be constructed', 'Use `sharedKey(bytes)`.')
    this.#handle = handle
  }

  /** Overwrites the key; does nothing the second time. */
  dispose(): void {
    this.#handle.dispose()
  }

  /** What `using` calls: the same as {@link SharedKey.dispose}. */
  [Symbol.dispose](): void {
    this.#handle.dispose()
  }
}

/**
 * Takes a key that another program has too: of a JWE, or of Tink's AES-GCM without prefix.
 *
 * The bytes are copied into the core; overwrite yours.
 *
 * @param bytes - 32 random bytes. Not modified, not retained.
 * @returns A key, to be disposed of.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for another length.
 * @example
 * const key = await sharedKey(bytes)
 * const token = await sealJwe(plaintext, { key, algorithm: 'A256GCMKW' })
 */
export async function sharedKey(bytes: Uint8Array | ArrayBuffer): Promise<SharedKey> {
  if (readBytes(bytes, 'bytes').length !== KEY_LEN) refuse('bytes', 'has to have 32 bytes')
  const instance = await loadFormats()
  const key = readBytes(bytes, 'bytes')
  const id = instance.enter((core) => core.dataKeyLand(send(core, key)))
  return new SharedKey(permit, new Handle(instance, 'shared key', id))
}

/** The handle of a shared key. */
export function sharedKeyHandle(value: unknown): Handle<FormatsGlue> {
  const handle =
    typeof value === 'object' && value !== null ? handleOf(value as SharedKey) : undefined
  if (handle === undefined) refuse('key', `has to be a SharedKey, not ${kindOf(value)}`)
  return handle
}
