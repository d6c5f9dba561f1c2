/**
 * Objects as streams.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { FormatError, OpenError } from '../errors.js'
import { type BytePair, type Machine, relay } from '../message/relay.js'
import { Pledge } from '../pledge.js'
import type { StoredSlot } from '../slot/stored.js'
import { send } from '../wasm/memory.js'
import {
  beginObject,
  HEADER_LEN,
  headerOf,
  openUnder,
  pushEnd,
  pushPiece,
  type Terms,
  type Work,
} from './work.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Plaintext in, an object out; see {@link Objects.sealStream}. */
export interface SealObjectStream extends BytePair {
  /** What to keep beside the object, as soon as the data key is wrapped. */
  readonly slots: Promise<StoredSlot[]>
}

const EMPTY = new Uint8Array(0)
const INCOMPLETE =
  'What was read so far is authentic, but the object is cut short or altered: discard it.'

class Sealer implements Machine {
  readonly slots: Pledge<StoredSlot[]> = new Pledge()
  readonly #terms: Terms
  #work: Work | undefined
  #disposed = false

  constructor(terms: Terms) {
    this.#terms = terms
  }

  async begin(signal: AbortSignal): Promise<Bytes> {
    this.slots.endWith(signal)
    const { header, work, slots } = await beginObject({ ...this.#terms, signal })
    this.#work = work
    if (this.#disposed) work.dispose()
    this.slots.keep(slots)
    return header
  }

  push(piece: Bytes): Bytes {
    return pushPiece(this.#work as Work, 'objectSealerPush', piece)
  }

  end(): Bytes {
    return pushEnd(this.#work as Work, 'objectSealerFinish')
  }

  dispose(): void {
    this.#disposed = true
    this.#work?.dispose()
  }
}

class Opener implements Machine {
  readonly #terms: Terms
  readonly #slots: string | readonly StoredSlot[]
  #signal: AbortSignal | undefined
  #start: Bytes = EMPTY
  #work: Work | undefined
  #delivered = false
  #disposed = false

  constructor(terms: Terms, slots: string | readonly StoredSlot[]) {
    this.#terms = terms
    this.#slots = slots
  }

  async begin(signal: AbortSignal): Promise<undefined> {
    this.#signal = signal
  }

  push(piece: Bytes): Bytes | Promise<Bytes> {
    return this.#work === undefined ? this.#header(piece) : this.#body(this.#work, piece)
  }

  end(): Bytes {
    const work = this.#work
    if (work === undefined) return headerOf(this.#start) as Bytes
    return this.#judge(() => pushEnd(work, 'objectOpenerFinish'))
  }

  dispose(): void {
    this.#disposed = true
    this.#work?.dispose()
  }

  async #header(piece: Bytes): Promise<Bytes> {
    this.#start = concat([this.#start, piece])
    if (this.#start.length < HEADER_LEN) return EMPTY
    const [header, rest] = [headerOf(this.#start), this.#start.subarray(HEADER_LEN)]
    const terms = { ...this.#terms, signal: this.#signal }
    const work = await openUnder(terms, this.#slots, (core, key, context) =>
      core.objectOpenerNew(key, context, send(core, header)),
    )
    this.#start = EMPTY
    this.#work = work
    if (this.#disposed) work.dispose()
    return this.#body(work, rest)
  }

  #body(work: Work, piece: Bytes): Bytes {
    const plaintext = this.#judge(() => pushPiece(work, 'objectOpenerPush', piece))
    if (plaintext.length > 0) this.#delivered = true
    return plaintext
  }

  #judge<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (this.#delivered && error instanceof OpenError) throw new OpenError({ hint: INCOMPLETE })
      if (this.#delivered && error instanceof FormatError) {
        throw new FormatError(error.code, error.message, { hint: INCOMPLETE })
      }
      throw error
    }
  }
}

/** Makes the two ends of sealing. */
export function sealObjectStream(terms: Terms): SealObjectStream {
  const sealer = new Sealer(terms)
  return { ...relay(sealer, terms.signal), slots: sealer.slots.promise }
}

/** Makes the two ends of opening. */
export function openObjectStream(terms: Terms, slots: string | readonly StoredSlot[]): BytePair {
  return relay(new Opener(terms, slots), terms.signal)
}
