/**
 * Encryption as a stream.
 *
 * @module
 */

import type { Context } from './context.js'
import { type BytePair, type Machine, relay } from './message/relay.js'
import { beginSealing, sealEnd, sealPiece } from './message/seal.js'
import type { RootKey } from './root-key.js'
import type { Handle } from './wasm/handle.js'
import { core } from './wasm/instance.js'

/** Plaintext in, a message out; see {@link Envelope.encryptStream}. */
export interface EncryptStream extends BytePair {}

class Sealer implements Machine {
  readonly #rootKeys: readonly RootKey[]
  readonly #context: Context
  #sealer: Handle | undefined
  #disposed = false

  constructor(rootKeys: readonly RootKey[], context: Context) {
    this.#rootKeys = rootKeys
    this.#context = context
  }

  async begin(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { header, sealer } = await beginSealing(core, this.#rootKeys, this.#context, signal)
    this.#sealer = sealer
    if (this.#disposed) sealer.dispose()
    return header
  }

  push(piece: Uint8Array): Uint8Array<ArrayBuffer> {
    return sealPiece(this.#sealer as Handle, piece)
  }

  end(): Uint8Array<ArrayBuffer> {
    return sealEnd(this.#sealer as Handle)
  }

  dispose(): void {
    this.#disposed = true
    this.#sealer?.dispose()
  }
}

/** Makes the two ends. */
export function encryptStream(
  rootKeys: readonly RootKey[],
  context: Context,
  signal: AbortSignal | undefined,
): EncryptStream {
  return relay(new Sealer(rootKeys, context), signal)
}
