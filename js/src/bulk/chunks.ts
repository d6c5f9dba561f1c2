/**
 * Whole chunks of an object.
 *
 * @module
 */

import { CHUNK_LEN, SEALED_CHUNK_LEN } from '../object/work.js'
import type { Aes, Done } from './aes.js'
import type { Units } from './units.js'

const NONCE_LEN = 12
const NONE = new Uint8Array(0)

/** What sealing or opening the chunks of an object takes. */
export interface ChunkTerms {
  /** The nonce of the first chunk. */
  readonly nonce: Uint8Array
  /** The index of the next one. */
  readonly index: number
  /** Bytes that the core held. */
  readonly held: Uint8Array<ArrayBuffer>
}

/** Reads what the core lifted, without the key; ranges have neither index nor bytes held. */
export function readChunkTerms(lifted: Uint8Array<ArrayBuffer>): ChunkTerms {
  const data = new DataView(lifted.buffer, lifted.byteOffset, lifted.byteLength)
  const nonce = lifted.slice(0, NONCE_LEN)
  if (lifted.length === NONCE_LEN) return { nonce, index: 0, held: NONE }
  const index = data.getUint32(NONCE_LEN) * 2 ** 32 + data.getUint32(NONCE_LEN + 4)
  return { nonce, index, held: lifted.slice(NONCE_LEN + 8) }
}

class Chunks implements Units {
  readonly from: number
  readonly to: number
  readonly behind = 0
  started = 0
  readonly #index: number
  readonly #first: DataView
  readonly #nonce: Uint8Array
  readonly #data: DataView
  readonly #work: Aes['seal']

  constructor(terms: ChunkTerms, aes: Aes, use: 'seal' | 'open') {
    const [plain, sealed] = [CHUNK_LEN, SEALED_CHUNK_LEN]
    this.from = use === 'seal' ? plain : sealed
    this.to = use === 'seal' ? sealed : plain
    this.#index = terms.index
    this.#first = new DataView(terms.nonce.buffer)
    this.#nonce = terms.nonce.slice()
    this.#data = new DataView(this.#nonce.buffer)
    this.#work = aes[use]
  }

  room(body: Uint8Array): number {
    const rest = body.length % this.from
    const tag = SEALED_CHUNK_LEN - CHUNK_LEN
    const last = this.to > this.from ? rest + tag : Math.max(0, rest - tag)
    return Math.floor(body.length / this.from) * this.to + last
  }

  start(unit: Uint8Array, out: Uint8Array): Done {
    const index = this.#index + this.started
    this.#data.setUint32(4, this.#first.getUint32(4) ^ Math.floor(index / 2 ** 32))
    this.#data.setUint32(8, this.#first.getUint32(8) ^ (index >>> 0))
    this.started += 1
    return this.#work(this.#nonce, NONE, unit, out)
  }
}

/** Chunks of an object, from a given one on. */
export function chunks(terms: ChunkTerms, aes: Aes, use: 'seal' | 'open'): Units {
  return new Chunks(terms, aes, use)
}
