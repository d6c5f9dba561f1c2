/**
 * Units on their way through AES: started in order, given out in order.
 *
 * @module
 */

import { concat } from '../bytes.js'
import type { Done } from './aes.js'
import type { Units } from './units.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes that are under way at a time, unless four units are more: enough for all threads. */
const UNDER_WAY = 4_194_304
const UNITS_UNDER_WAY = 4

interface Batch {
  /** Whole once it is done. */
  readonly parts: Bytes[]
  readonly length: number
  readonly done: Promise<unknown> | undefined
}

const NONE: readonly Bytes[] = []

/** Takes pieces of any length, puts their whole units through, keeps what is left over. */
export class Pipe {
  readonly #units: Units
  readonly #limit: number
  readonly #batches: Batch[] = []
  #under = 0
  readonly #space: Bytes
  #held: Bytes
  #over = false

  /** @param held - Bytes that come first. */
  constructor(units: Units, held: Bytes) {
    this.#units = units
    // As much as may wait for more, so that many small pieces are not copied again and again.
    this.#space = new Uint8Array(Math.max(units.from + units.behind, held.length))
    this.#held = this.#hold(held)
    this.#limit = Math.max(UNDER_WAY, UNITS_UNDER_WAY * units.to)
  }

  /** Whether a unit came that is for the core: nothing may be pushed any more. */
  get over(): boolean {
    return this.#over
  }

  /** Settles when the oldest of what is under way is done; undefined if nothing is. */
  get next(): Promise<unknown> | undefined {
    return this.#batches[0]?.done
  }

  /** What was put in and not started, once it is over or nothing follows. */
  get held(): Bytes {
    return this.#held
  }

  /** Puts a piece in; gives what had to be done before it could go through. */
  push(piece: Bytes): readonly Bytes[] | Promise<readonly Bytes[]> {
    const batch = this.#start(piece)
    if (batch === undefined) return NONE
    if (batch.done === undefined && this.#batches.length === 0) return batch.parts
    this.#batches.push(batch)
    this.#under += batch.length
    return this.#under > this.#limit ? this.#drain(this.#limit) : NONE
  }

  /** Gives all that is under way. */
  async drain(): Promise<readonly Bytes[]> {
    return await this.#drain(0)
  }

  /** Gives the oldest of what is under way. */
  async oldest(): Promise<readonly Bytes[]> {
    return this.#batches.length === 0 ? NONE : await this.#shift()
  }

  /** Overwrites what is held. */
  dispose(): void {
    this.#held.fill(0)
  }

  async #drain(limit: number): Promise<readonly Bytes[]> {
    const parts: Bytes[] = []
    while (this.#under > limit) parts.push(...(await this.#shift()))
    return parts
  }

  async #shift(): Promise<readonly Bytes[]> {
    const { parts, length, done } = this.#batches.shift() as Batch
    this.#under -= length
    await done
    return parts
  }

  #start(piece: Bytes): Batch | undefined {
    const { from, to, behind } = this.#units
    const held = this.#held
    const count = Math.max(0, Math.floor((held.length + piece.length - behind) / from))
    if (count === 0) {
      this.#space.set(piece, held.length)
      this.#held = this.#space.subarray(0, held.length + piece.length)
      return undefined
    }
    const out = this.#units.own === undefined ? new Uint8Array(count * to) : undefined
    const parts: Bytes[] = []
    const work: Promise<void>[] = []
    let unit = 0
    for (; unit < count && !this.#over; unit++) {
      const bytes = part(held, piece, unit * from, from)
      const done = out
        ? this.#units.start(bytes, out.subarray(unit * to, (unit + 1) * to))
        : this.#own(bytes, parts, unit)
      if (done === false) {
        this.#over = true
        break
      }
      if (done !== undefined) work.push(done)
    }
    this.#keep(piece, unit * from)
    if (unit === 0) return undefined
    if (out) parts.push(out.subarray(0, unit * to))
    return { parts, length: unit * to, done: all(work) }
  }

  #own(bytes: Bytes, parts: Bytes[], unit: number): Done | false {
    const own = this.#units.own?.(bytes) ?? false
    if (own === false) return false
    if (own instanceof Promise) {
      return own.then((part) => {
        parts[unit] = part
      })
    }
    parts[unit] = own
    return undefined
  }

  // Keeps what stands behind a place in held bytes and piece; overwrites what was held.
  #keep(piece: Bytes, start: number): void {
    const held = this.#held
    const rest = part(held, piece, start, held.length + piece.length - start)
    const isFree = !this.#over && start >= held.length
    const kept = isFree ? rest : rest.slice()
    held.fill(0)
    this.#held = this.#over ? kept : this.#hold(kept)
  }

  #hold(rest: Bytes): Bytes {
    this.#space.set(rest)
    return this.#space.subarray(0, rest.length)
  }
}

// The first failure is reported where the batch is waited for, and nowhere else.
function all(work: readonly Promise<void>[]): Promise<unknown> | undefined {
  if (work.length === 0) return undefined
  const done = Promise.all(work)
  done.catch(() => {})
  return done
}

// A part of what two arrays are one behind the other; a copy only where it is of both.
function part(held: Bytes, piece: Bytes, start: number, length: number): Bytes {
  const at = start - held.length
  if (at >= 0) return piece.subarray(at, at + length)
  if (at + length <= 0) return held.subarray(start, start + length)
  return concat([held.subarray(start), piece.subarray(0, at + length)])
}

/** Puts as many units through as there are, from one array into another; returns how many. */
export async function putThrough(units: Units, bytes: Bytes, out: Bytes): Promise<number> {
  const { from, to, behind } = units
  const count = Math.max(0, Math.floor((bytes.length - behind) / from))
  const most = Math.max(UNITS_UNDER_WAY, Math.ceil(UNDER_WAY / to))
  const work: Promise<void>[] = []
  for (let unit = 0; unit < count; unit++) {
    const input = bytes.subarray(unit * from, (unit + 1) * from)
    const done = units.start(input, out.subarray(unit * to, (unit + 1) * to))
    if (done === false) break
    if (done === undefined) continue
    done.catch(() => {})
    work.push(done)
    if (work.length >= most) await work.shift()
  }
  await Promise.all(work)
  return units.started
}
