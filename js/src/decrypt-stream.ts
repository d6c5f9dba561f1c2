/**
 * Decryption as a stream.
 *
 * @module
 */

import { concat } from './bytes.js'
import type { Context } from './context.js'
import { FormatError, OpenError } from './errors.js'
import {
  beginOpening,
  headerLength,
  type OpenTerms,
  openEnd,
  openPiece,
  readHeaderOf,
} from './message/open.js'
import { type BytePair, type Machine, relay } from './message/relay.js'
import { Pledge } from './pledge.js'
import type { Handle } from './wasm/handle.js'

/** A message in, plaintext out; see {@link Envelope.decryptStream}. */
export interface DecryptStream extends BytePair {
  /** The context of the message, once its header is known to be authentic. */
  readonly context: Promise<Context>
}

const EMPTY = new Uint8Array(0)
const INCOMPLETE =
  'What was read so far is authentic, but the message is cut short or altered: discard it.'

type Bytes = Uint8Array<ArrayBuffer>

class Opener implements Machine {
  readonly context: Pledge<Context> = new Pledge()
  readonly #terms: OpenTerms
  #signal: AbortSignal | undefined
  #start: Bytes = EMPTY
  #opener: Handle | undefined
  #delivered = false
  #disposed = false

  constructor(terms: OpenTerms) {
    this.#terms = terms
  }

  async begin(signal: AbortSignal): Promise<undefined> {
    this.#signal = signal
    this.context.endWith(signal)
  }

  push(piece: Bytes): Bytes | Promise<Bytes> {
    return this.#opener === undefined ? this.#header(piece) : this.#body(this.#opener, piece)
  }

  end(): Bytes {
    if (this.#opener === undefined) {
      // The core knows what is missing: asked for the impossible rest, it says so.
      throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
        offset: this.#start.length,
      })
    }
    const opener = this.#opener
    this.#judge(() => openEnd(opener))
    return EMPTY
  }

  dispose(): void {
    this.#disposed = true
    this.#opener?.dispose()
  }

  // Bytes past the header in one piece are at most the piece, so the core takes them in one call.
  async #header(piece: Bytes): Promise<Bytes> {
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
      this.context.keep(context)
      return this.#body(opener, rest)
    } finally {
      header.dispose()
    }
  }

  #body(opener: Handle, piece: Bytes): Bytes {
    const plaintext = this.#judge(() => openPiece(opener, piece))
    if (plaintext.length > 0) this.#delivered = true
    return plaintext
  }

  #judge<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!this.#delivered) throw error
      if (error instanceof OpenError) throw new OpenError({ hint: INCOMPLETE })
      if (error instanceof FormatError) {
        const { code, message, offset } = error
        throw new FormatError(code, message, { hint: INCOMPLETE, offset })
      }
      throw error
    }
  }
}

/** Makes the two ends. */
export function decryptStream(terms: OpenTerms): DecryptStream {
  const opener = new Opener(terms)
  const { readable, writable } = relay(opener, terms.signal)
  return { readable, writable, context: opener.context.promise }
}
