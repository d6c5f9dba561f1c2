/**
 * Frames of a message.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { type Aes, type Done, TAG_LEN } from './aes.js'
import type { Last, Units } from './units.js'

type Bytes = Uint8Array<ArrayBuffer>

const NUMBER_LEN = 4
const NONCE_LEN = 12
const PREFIX_LEN = NUMBER_LEN + NONCE_LEN
const LAST_PREFIX_LEN = NUMBER_LEN + PREFIX_LEN + NUMBER_LEN
/** Stands where the number of a regular frame would. */
const LAST_MARK = 0xffff_ffff

/** What stands in front of the message id in what `messageLift` gave, behind the key. */
const PLACE_LEN = 8
const ID_LEN = 32
const LABEL = 'AWSKMSEncryptionClient Frame'
const LAST_LABEL = 'AWSKMSEncryptionClient Final Frame'
/** Number and length, which end the associated data. */
const AAD_END = 12

/** From here on a frame's plaintext is given out by itself: to copy it takes longer. */
const OWN_LEN = 65_536

/** What sealing or opening the frames of a message takes. */
export interface FrameTerms {
  readonly frameLength: number
  readonly sequence: number
  readonly aad: Uint8Array
  readonly lastAad: Uint8Array
  /** Bytes that the core held. */
  readonly held: Uint8Array<ArrayBuffer>
}

/** Reads what the core lifted, without the key. */
export function readFrameTerms(lifted: Uint8Array<ArrayBuffer>): FrameTerms {
  const data = dataOf(lifted)
  const frameLength = data.getUint32(0)
  const id = lifted.slice(PLACE_LEN, PLACE_LEN + ID_LEN)
  return {
    frameLength,
    sequence: data.getUint32(4),
    aad: aadOf(id, LABEL, frameLength),
    lastAad: aadOf(id, LAST_LABEL, 0),
    held: lifted.slice(PLACE_LEN + ID_LEN),
  }
}

function aadOf(id: Uint8Array, label: string, length: number): Uint8Array {
  const aad = concat([id, new TextEncoder().encode(label), new Uint8Array(AAD_END)])
  dataOf(aad).setUint32(aad.length - NUMBER_LEN, length)
  return aad
}

function dataOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** What both directions share. */
class Frames {
  started = 0
  readonly #terms: FrameTerms
  readonly #aad: DataView
  readonly #nonce: Uint8Array = new Uint8Array(NONCE_LEN)
  protected readonly aes: Aes
  protected readonly frameLength: number
  /** Bytes of a final frame that is not worth a call. */
  protected readonly shortest: number

  constructor(terms: FrameTerms, aes: Aes, shortest: number) {
    this.#terms = terms
    this.#aad = dataOf(terms.aad)
    this.aes = aes
    this.frameLength = terms.frameLength
    this.shortest = shortest
  }

  protected get sequence(): number {
    return this.#terms.sequence + this.started
  }

  protected get nonce(): Uint8Array {
    dataOf(this.#nonce).setUint32(NONCE_LEN - NUMBER_LEN, this.sequence)
    return this.#nonce
  }

  protected get aad(): Uint8Array {
    this.#aad.setUint32(this.#aad.byteLength - AAD_END, this.sequence)
    return this.#terms.aad
  }

  protected lastAad(length: number): Uint8Array {
    const { lastAad } = this.#terms
    const data = dataOf(lastAad)
    data.setUint32(lastAad.length - AAD_END, this.sequence)
    data.setUint32(lastAad.length - NUMBER_LEN, length)
    return lastAad
  }
}

class SealedFrames extends Frames implements Units {
  // Something has to follow a frame, so that the last one can be the final one.
  readonly behind = 1

  get from(): number {
    return this.frameLength
  }

  get to(): number {
    return PREFIX_LEN + this.frameLength + TAG_LEN
  }

  start(unit: Uint8Array, out: Uint8Array): Done | false {
    // The final frame needs a number of its own; the core says so.
    if (this.sequence >= LAST_MARK) return false
    const { nonce } = this
    dataOf(out).setUint32(0, this.sequence)
    out.set(nonce, NUMBER_LEN)
    const done = this.aes.seal(nonce, this.aad, unit, out.subarray(PREFIX_LEN))
    this.started += 1
    return done
  }

  room(body: Uint8Array): number {
    const frames = Math.floor(body.length / this.from) + 1
    return body.length + frames * (LAST_PREFIX_LEN + TAG_LEN)
  }

  last(rest: Uint8Array): Last | undefined {
    if (rest.length < this.shortest || rest.length > this.frameLength) return undefined
    const { nonce, sequence } = this
    const out = new Uint8Array(LAST_PREFIX_LEN + rest.length + TAG_LEN)
    const data = dataOf(out)
    data.setUint32(0, LAST_MARK)
    data.setUint32(NUMBER_LEN, sequence)
    out.set(nonce, 2 * NUMBER_LEN)
    data.setUint32(LAST_PREFIX_LEN - NUMBER_LEN, rest.length)
    const aad = this.lastAad(rest.length)
    return { out, done: this.aes.seal(nonce, aad, rest, out.subarray(LAST_PREFIX_LEN)) }
  }
}

class OpenedFrames extends Frames implements Units {
  readonly own: Units['own']
  // What is longer than any final frame begins with a regular one.
  readonly behind: number = LAST_PREFIX_LEN - PREFIX_LEN + 1

  constructor(terms: FrameTerms, aes: Aes, shortest: number) {
    super(terms, aes, shortest)
    this.own = terms.frameLength < OWN_LEN ? undefined : (unit) => this.#own(unit)
  }

  get from(): number {
    return PREFIX_LEN + this.frameLength + TAG_LEN
  }

  get to(): number {
    return this.frameLength
  }

  start(unit: Uint8Array, out: Uint8Array): Done | false {
    return this.#next(unit, (nonce, aad, sealed) => this.aes.open(nonce, aad, sealed, out))
  }

  #own(unit: Uint8Array): Bytes | Promise<Bytes> | false {
    return this.#next(unit, (nonce, aad, sealed) => this.aes.opened(nonce, aad, sealed))
  }

  #next<T>(
    unit: Uint8Array,
    work: (...terms: [Uint8Array, Uint8Array, Uint8Array]) => T,
  ): T | false {
    const { sequence } = this
    if (sequence >= LAST_MARK || dataOf(unit).getUint32(0) !== sequence) return false
    // The nonce is the one in the frame: other writers need not count.
    const nonce = unit.subarray(NUMBER_LEN, PREFIX_LEN)
    const done = work(nonce, this.aad, unit.subarray(PREFIX_LEN))
    this.started += 1
    return done
  }

  room(body: Uint8Array): number {
    const count = Math.max(0, Math.floor((body.length - this.behind) / this.from))
    const rest = body.subarray(count * this.from)
    const isLast = rest.length >= NUMBER_LEN && dataOf(rest).getUint32(0) === LAST_MARK
    const overhead = isLast ? LAST_PREFIX_LEN + TAG_LEN : PREFIX_LEN + TAG_LEN
    return count * this.to + Math.max(0, rest.length - overhead)
  }

  last(rest: Uint8Array): Last | undefined {
    const length = rest.length - LAST_PREFIX_LEN - TAG_LEN
    if (length < this.shortest || length > this.frameLength) return undefined
    const data = dataOf(rest)
    const isLast = data.getUint32(0) === LAST_MARK && data.getUint32(NUMBER_LEN) === this.sequence
    if (!isLast || data.getUint32(LAST_PREFIX_LEN - NUMBER_LEN) !== length) return undefined
    const nonce = rest.subarray(2 * NUMBER_LEN, LAST_PREFIX_LEN - NUMBER_LEN)
    const out = new Uint8Array(length)
    const sealed = rest.subarray(LAST_PREFIX_LEN)
    return { out, done: this.aes.open(nonce, this.lastAad(length), sealed, out) }
  }
}

/** Frames to be sealed; a final one under `shortest` bytes is left to the core. */
export function sealedFrames(terms: FrameTerms, aes: Aes, shortest: number): Units {
  return new SealedFrames(terms, aes, shortest)
}

/** Frames to be opened, likewise. */
export function openedFrames(terms: FrameTerms, aes: Aes, shortest: number): Units {
  return new OpenedFrames(terms, aes, shortest)
}
