/**
 * Objects as streams.
 *
 * @module
 */

import { openedObject, sealedObject } from '../bulk/object.js'
import { OpenedBody } from '../bulk/opened.js'
import { Sealing } from '../bulk/sealing.js'
import { concat } from '../bytes.js'
import { type BytePair, type Given, type Machine, relay } from '../message/relay.js'
import { Pledge } from '../pledge.js'
import type { StoredSlot } from '../slot/stored.js'
import { PIECE_LEN, send } from '../wasm/memory.js'
import { beginObject, HEADER_LEN, headerOf, openUnder, type Terms, type Work } from './work.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Plaintext in, an object out; see {@link Objects.sealStream}. */
export interface SealObjectStream extends BytePair {
  /** What to keep beside the object, as soon as the data key is wrapped. */
  readonly slots: Promise<StoredSlot[]>
}

const EMPTY = new Uint8Array(0)

class Opener implements Machine {
  readonly #terms: Terms
  readonly #slots: string | readonly StoredSlot[]
  #signal: AbortSignal | undefined
  #start: Bytes = EMPTY
  #work: Work | undefined
  #body: OpenedBody | undefined
  #disposed = false

  constructor(terms: Terms, slots: string | readonly StoredSlot[]) {
    this.#terms = terms
    this.#slots = slots
  }

  get pieceLength(): number {
    return this.#body?.pieceLength ?? PIECE_LEN
  }

  get next(): Promise<unknown> | undefined {
    return this.#body?.next
  }

  async begin(signal: AbortSignal): Promise<undefined> {
    this.#signal = signal
  }

  push(piece: Bytes): Given | Promise<Given> {
    return this.#body === undefined ? this.#header(piece) : this.#body.push(piece)
  }

  async take(): Promise<Given> {
    return (await this.#body?.take()) ?? EMPTY
  }

  end(): Given | Promise<Given> {
    return this.#body === undefined ? (headerOf(this.#start) as Bytes) : this.#body.end()
  }

  dispose(): void {
    this.#disposed = true
    this.#work?.dispose()
    this.#body?.dispose()
  }

  async #header(piece: Bytes): Promise<Given> {
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
    this.#body = new OpenedBody(openedObject(work), 'object')
    return await this.#body.push(rest)
  }
}

/** Makes the two ends of sealing. */
export function sealObjectStream(terms: Terms): SealObjectStream {
  const slots = new Pledge<StoredSlot[]>()
  const sealing = new Sealing(async (signal) => {
    slots.endWith(signal)
    const begun = await beginObject({ ...terms, signal })
    slots.keep(begun.slots)
    return { header: begun.header, handle: begun.work, inside: sealedObject(begun.work) }
  })
  return { ...relay(() => sealing, terms.signal), slots: slots.promise }
}

/** Makes the two ends of opening. */
export function openObjectStream(terms: Terms, slots: string | readonly StoredSlot[]): BytePair {
  return relay(() => new Opener(terms, slots), terms.signal)
}
