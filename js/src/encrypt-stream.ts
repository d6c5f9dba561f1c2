/**
 * Encryption as a stream.
 *
 * @module
 */

import { type BytePair, type Machine, relay } from './message/relay.js'
import { beginSealing, type SealTerms, sealEnd, sealPiece } from './message/seal.js'
import type { Handle } from './wasm/handle.js'
import { core } from './wasm/instance.js'

/** Plaintext in, a message out; see {@link Envelope.encryptStream}. */
export interface EncryptStream extends BytePair {}

class Sealer implements Machine {
  readonly #terms: SealTerms
  #sealer: Handle | undefined
  #disposed = false

  constructor(terms: SealTerms) {
    this.#terms = terms
  }

  async begin(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { header, sealer } = await beginSealing(core, { ...this.#terms, signal })
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
export function encryptStream(terms: SealTerms): EncryptStream {
  return relay(new Sealer(terms), terms.signal)
}
