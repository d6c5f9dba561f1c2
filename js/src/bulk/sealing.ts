/**
 * What seals a body as a stream.
 *
 * @module
 */

import type { Given, Machine } from '../message/relay.js'
import { PIECE_LEN } from '../wasm/memory.js'
import { Body, type Inside } from './body.js'

type Bytes = Uint8Array<ArrayBuffer>

/** A body begun. */
export interface BegunBody {
  readonly header: Bytes
  readonly inside: Inside
  /** What the core holds for it. */
  readonly handle: { dispose(): void }
}

/** Gives a header, then what pieces of plaintext become. */
export class Sealing implements Machine {
  readonly #begin: (signal: AbortSignal) => Promise<BegunBody>
  #begun: BegunBody | undefined
  #body: Body | undefined
  #disposed = false

  constructor(begin: (signal: AbortSignal) => Promise<BegunBody>) {
    this.#begin = begin
  }

  /** As {@link Machine.pieceLength}. */
  get pieceLength(): number {
    return this.#body?.pieceLength ?? PIECE_LEN
  }

  /** As {@link Machine.next}. */
  get next(): Promise<unknown> | undefined {
    return this.#body?.next
  }

  /** Begins the body; gives its header. */
  async begin(signal: AbortSignal): Promise<Bytes> {
    const begun = await this.#begin(signal)
    this.#begun = begun
    this.#body = new Body(begun.inside)
    if (this.#disposed) this.dispose()
    return begun.header
  }

  /** As {@link Body.push}. */
  push(piece: Bytes): Given | Promise<Given> {
    return (this.#body as Body).push(piece)
  }

  /** As {@link Body.take}. */
  async take(): Promise<Given> {
    return await (this.#body as Body).take()
  }

  /** As {@link Body.end}. */
  end(): Given | Promise<Given> {
    return (this.#body as Body).end()
  }

  /** Frees what the core holds for it. */
  dispose(): void {
    this.#disposed = true
    this.#body?.dispose()
    this.#begun?.handle.dispose()
  }
}
