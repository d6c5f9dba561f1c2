/**
 * What opens a stream: its header first, then pieces of its body.
 *
 * @module
 */

import { concat } from '../bytes.js'
import type { Given, Machine } from '../message/relay.js'
import { PIECE_LEN } from '../wasm/memory.js'
import type { Inside } from './body.js'
import { OpenedBody } from './opened.js'

type Bytes = Uint8Array<ArrayBuffer>

/** A body whose header was read. */
export interface OpenedHeader {
  /** What opens the body. */
  inside(): Inside
  /** What came behind the header. */
  readonly rest: Bytes
  /** What the module holds for it. */
  readonly handle: { dispose(): void }
}

/** What a stream begins with, by its format. */
export interface HeaderReader {
  readonly what: 'message' | 'object'
  /** Told of what ends the stream early. */
  begin?(signal: AbortSignal): void
  /** Reads the header off what has come so far; undefined where it has not all come. */
  read(start: Bytes, signal: AbortSignal): Promise<OpenedHeader | undefined>
  /** Refuses a beginning that nothing follows. */
  short(start: Bytes): never
}

const EMPTY = new Uint8Array(0)

/** Reads a header, then gives what pieces of the body become. */
export class Opening implements Machine {
  readonly #reader: HeaderReader
  #signal: AbortSignal | undefined
  #start: Bytes = EMPTY
  #handle: OpenedHeader['handle'] | undefined
  #body: OpenedBody | undefined
  #disposed = false

  constructor(reader: HeaderReader) {
    this.#reader = reader
  }

  /** As {@link Machine.pieceLength}. */
  get pieceLength(): number {
    return this.#body?.pieceLength ?? PIECE_LEN
  }

  /** As {@link Machine.next}. */
  get next(): Promise<unknown> | undefined {
    return this.#body?.next
  }

  /** Nothing comes out before the header is there. */
  async begin(signal: AbortSignal): Promise<undefined> {
    this.#signal = signal
    this.#reader.begin?.(signal)
  }

  /** As {@link OpenedBody.push}, once the header is there. */
  push(piece: Bytes): Given | Promise<Given> {
    return this.#body === undefined ? this.#header(piece) : this.#body.push(piece)
  }

  /** As {@link OpenedBody.take}. */
  async take(): Promise<Given> {
    return (await this.#body?.take()) ?? EMPTY
  }

  /** As {@link OpenedBody.end}. */
  end(): Given | Promise<Given> {
    return this.#body === undefined ? this.#reader.short(this.#start) : this.#body.end()
  }

  /** Frees what the module holds for it. */
  dispose(): void {
    this.#disposed = true
    this.#handle?.dispose()
    this.#body?.dispose()
  }

  // Bytes past the header in one piece are at most the piece, so the core takes them in one call.
  async #header(piece: Bytes): Promise<Given> {
    this.#start = concat([this.#start, piece])
    const { what } = this.#reader
    const found = await this.#reader.read(this.#start, this.#signal as AbortSignal)
    if (found === undefined) return EMPTY
    this.#start = EMPTY
    this.#handle = found.handle
    if (this.#disposed) found.handle.dispose()
    this.#body = new OpenedBody(found.inside(), what)
    return await this.#body.push(found.rest)
  }
}
