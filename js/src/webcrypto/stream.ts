/**
 * Messages as streams, over the platform's cipher.
 *
 * @module
 */

import { concat } from '../bytes.js'
import type { DecryptStream } from '../decrypt-stream.js'
import type { EncryptStream } from '../encrypt-stream.js'
import { FormatError } from '../errors.js'
import { incomplete } from '../message/incomplete.js'
import { type Machine, relay } from '../message/relay.js'
import type { Context } from '../pairs.js'
import { Pledge } from '../pledge.js'
import { readHeader } from './header.js'
import { beginOpening, type Opener, type OpenTerms } from './open.js'
import { beginSealing, type Sealer, type SealTerms } from './seal.js'

type Bytes = Uint8Array<ArrayBuffer>

const EMPTY = new Uint8Array(0)

class Sealing implements Machine {
  readonly #terms: SealTerms
  #sealer: Sealer | undefined

  constructor(terms: SealTerms) {
    this.#terms = terms
  }

  async begin(signal: AbortSignal): Promise<Bytes> {
    this.#sealer = await beginSealing({ ...this.#terms, signal })
    return this.#sealer.header
  }

  push(piece: Bytes): Promise<Bytes> {
    return (this.#sealer as Sealer).push(piece)
  }

  end(): Promise<Bytes> {
    return (this.#sealer as Sealer).end()
  }

  dispose(): void {
    this.#sealer?.dispose()
  }
}

class Opening implements Machine {
  readonly context: Pledge<Context> = new Pledge()
  readonly #terms: OpenTerms
  #signal: AbortSignal | undefined
  #start: Bytes = EMPTY
  #opener: Opener | undefined
  #delivered = false

  constructor(terms: OpenTerms) {
    this.#terms = terms
  }

  async begin(signal: AbortSignal): Promise<undefined> {
    this.#signal = signal
    this.context.endWith(signal)
  }

  async push(piece: Bytes): Promise<Bytes> {
    if (this.#opener !== undefined) return this.#body(this.#opener, piece)
    this.#start = concat([this.#start, piece])
    const header = readHeader(this.#start, this.#terms.limits)
    if (header === undefined) return EMPTY
    const rest = this.#start.subarray(header.bytes.length)
    this.#start = EMPTY
    const begun = await beginOpening(header, { ...this.#terms, signal: this.#signal })
    this.#opener = begun.opener
    this.context.keep(begun.context)
    return this.#body(begun.opener, rest)
  }

  end(): Bytes {
    if (this.#opener === undefined) throw cutInHeader(this.#start.length)
    try {
      this.#opener.end()
      return EMPTY
    } catch (error) {
      throw this.#delivered ? incomplete(error, 'message') : error
    }
  }

  dispose(): void {}

  async #body(opener: Opener, piece: Bytes): Promise<Bytes> {
    try {
      const plaintext = await opener.push(piece)
      if (plaintext.length > 0) this.#delivered = true
      return plaintext
    } catch (error) {
      throw this.#delivered ? incomplete(error, 'message') : error
    }
  }
}

/** The refusal of a message that ends too early to say anything. */
export function cutInHeader(offset: number): FormatError {
  const message = 'the message ends inside its header'
  return new FormatError('ERR_FORMAT_TRUNCATED', message, { offset })
}

/** Makes the two ends of a stream that seals. */
export function sealStream(terms: SealTerms): EncryptStream {
  return relay(() => new Sealing(terms), terms.signal)
}

/** Makes the two ends of a stream that opens. */
export function openStream(terms: OpenTerms): DecryptStream {
  const opening = new Opening(terms)
  const { readable, writable } = relay(() => opening, terms.signal)
  return { readable, writable, context: opening.context.promise }
}
