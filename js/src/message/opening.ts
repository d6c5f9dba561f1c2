/**
 * A message being opened as a stream.
 *
 * @module
 */

import { openedMessage } from '../bulk/message.js'
import { OpenedBody } from '../bulk/opened.js'
import { concat } from '../bytes.js'
import { FormatError } from '../errors.js'
import type { Context } from '../pairs.js'
import type { Pledge } from '../pledge.js'
import type { Handle } from '../wasm/handle.js'
import { PIECE_LEN } from '../wasm/memory.js'
import { beginOpening, headerLength, type OpenTerms, readHeaderOf } from './open.js'
import type { Given, Machine } from './relay.js'

const EMPTY = new Uint8Array(0)

type Bytes = Uint8Array<ArrayBuffer>

class Opener implements Machine {
  readonly #terms: OpenTerms
  readonly #context: Pledge<Context>
  #signal: AbortSignal | undefined
  #start: Bytes = EMPTY
  #opener: Handle | undefined
  #body: OpenedBody | undefined
  #disposed = false

  constructor(terms: OpenTerms, context: Pledge<Context>) {
    this.#terms = terms
    this.#context = context
  }

  get pieceLength(): number {
    return this.#body?.pieceLength ?? PIECE_LEN
  }

  get next(): Promise<unknown> | undefined {
    return this.#body?.next
  }

  async begin(signal: AbortSignal): Promise<undefined> {
    this.#signal = signal
    this.#context.endWith(signal)
  }

  push(piece: Bytes): Given | Promise<Given> {
    const body = this.#body
    return body === undefined ? this.#header(piece) : body.push(piece)
  }

  async take(): Promise<Given> {
    return (await this.#body?.take()) ?? EMPTY
  }

  end(): Given | Promise<Given> {
    const body = this.#body
    if (body !== undefined) return body.end()
    throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
      offset: this.#start.length,
    })
  }

  dispose(): void {
    this.#disposed = true
    this.#opener?.dispose()
    this.#body?.dispose()
  }

  // Bytes past the header in one piece are at most the piece, so the core takes them in one call.
  async #header(piece: Bytes): Promise<Given> {
    this.#start = concat([this.#start, piece])
    const header = await readHeaderOf(this.#start, this.#terms)
    if (header === undefined) return EMPTY
    try {
      const rest = this.#start.subarray(headerLength(header))
      this.#start = EMPTY
      const { context, opener } = await beginOpening(header, {
        ...this.#terms,
        signal: this.#signal,
      })
      this.#opener = opener
      if (this.#disposed) opener.dispose()
      this.#context.keep(context)
      this.#body = new OpenedBody(openedMessage(opener), 'message')
      return await this.#body.push(rest)
    } finally {
      header.dispose()
    }
  }
}

/** What is made of a message, and of its context once that is authentic. */
export function opening(terms: OpenTerms, context: Pledge<Context>): Machine {
  return new Opener(terms, context)
}
