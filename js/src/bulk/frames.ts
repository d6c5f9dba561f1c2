/**
 * Regular frames of a message.
 *
 * @module
 */

import { type Aes, type Done, TAG_LEN } from './aes.js'
import type { Units } from './units.js'

const SEQUENCE_LEN = 4
const NONCE_LEN = 12
const PREFIX_LEN = SEQUENCE_LEN + NONCE_LEN
/** The last number is for a final frame, or one too many; the core knows. */
const SEQUENCE_MAX = 0xffff_fffe

/** Where the parts of what `messageLift` gave stand, behind the key. */
const PLACE_LEN = 8
const AAD_LEN = 72
const AAD_SEQUENCE = AAD_LEN - 12

/** What sealing or opening the frames of a message takes. */
export interface FrameTerms {
  readonly frameLength: number
  readonly sequence: number
  readonly aad: Uint8Array
  /** Bytes that the core held. */
  readonly held: Uint8Array
}

/** Reads what the core lifted, without the key. */
export function readFrameTerms(lifted: Uint8Array): FrameTerms {
  const data = new DataView(lifted.buffer, lifted.byteOffset, lifted.byteLength)
  return {
    frameLength: data.getUint32(0),
    sequence: data.getUint32(4),
    aad: lifted.slice(PLACE_LEN, PLACE_LEN + AAD_LEN),
    held: lifted.slice(PLACE_LEN + AAD_LEN),
  }
}

class Frames {
  started = 0
  readonly #terms: FrameTerms
  readonly #aad: DataView
  readonly #nonce: Uint8Array = new Uint8Array(NONCE_LEN)
  protected readonly aes: Aes

  constructor(terms: FrameTerms, aes: Aes) {
    this.#terms = terms
    this.#aad = new DataView(terms.aad.buffer)
    this.aes = aes
  }

  /** The number of the next frame, as bytes, in its associated data too; undefined at the end. */
  protected next(): { readonly aad: Uint8Array; readonly sequence: Uint8Array } | undefined {
    const sequence = this.#terms.sequence + this.started
    if (sequence > SEQUENCE_MAX) return undefined
    this.#aad.setUint32(AAD_SEQUENCE, sequence)
    const { aad } = this.#terms
    return { aad, sequence: aad.subarray(AAD_SEQUENCE, AAD_SEQUENCE + SEQUENCE_LEN) }
  }

  protected nonceOf(sequence: Uint8Array): Uint8Array {
    this.#nonce.set(sequence, NONCE_LEN - SEQUENCE_LEN)
    return this.#nonce
  }
}

class SealedFrames extends Frames implements Units {
  readonly from: number
  readonly to: number
  readonly behind = 1

  constructor(terms: FrameTerms, aes: Aes) {
    super(terms, aes)
    this.from = terms.frameLength
    this.to = PREFIX_LEN + terms.frameLength + TAG_LEN
  }

  start(unit: Uint8Array, out: Uint8Array): Done | false {
    const next = this.next()
    if (next === undefined) return false
    const nonce = this.nonceOf(next.sequence)
    out.set(next.sequence)
    out.set(nonce, SEQUENCE_LEN)
    this.started += 1
    return this.aes.seal(nonce, next.aad, unit, out.subarray(PREFIX_LEN))
  }
}

class OpenedFrames extends Frames implements Units {
  readonly from: number
  readonly to: number
  readonly behind = 0

  constructor(terms: FrameTerms, aes: Aes) {
    super(terms, aes)
    this.from = PREFIX_LEN + terms.frameLength + TAG_LEN
    this.to = terms.frameLength
  }

  start(unit: Uint8Array, out: Uint8Array): Done | false {
    const next = this.next()
    const isNext = next?.sequence.every((byte, at) => byte === unit[at]) ?? false
    if (next === undefined || !isNext) return false
    this.started += 1
    // The nonce is the one in the frame: other writers need not count.
    const nonce = unit.subarray(SEQUENCE_LEN, PREFIX_LEN)
    return this.aes.open(nonce, next.aad, unit.subarray(PREFIX_LEN), out)
  }
}

/** Frames to be sealed. */
export function sealedFrames(terms: FrameTerms, aes: Aes): Units {
  return new SealedFrames(terms, aes)
}

/** Frames to be opened. */
export function openedFrames(terms: FrameTerms, aes: Aes): Units {
  return new OpenedFrames(terms, aes)
}
