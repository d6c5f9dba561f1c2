/**
 * A body on its way: in the core as long as it is short, then through the platform's AES.
 *
 * What is not a whole unit in its place goes back to the core, which knows all rules of the format
 * and gives every refusal but one: that of a tag which does not verify.
 *
 * @module
 */

import { concat } from '../bytes.js'
import type { Given } from '../message/relay.js'
import { PIECE_LEN } from '../wasm/memory.js'
import { type Engine, engine } from './aes.js'
import { Pipe, putThrough } from './pipe.js'
import type { Units } from './units.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes of a piece once the platform's AES is at work: 16 frames. */
const BULK_PIECE_LEN = 1_048_576

/** The body as the core has it. */
export interface Inside {
  /** Takes at most 65,536 bytes. */
  push(piece: Bytes): Bytes
  end(): Bytes
  /** Gives the key away; undefined for a body that stays, or units that are too short. */
  lift(engine: Engine): Promise<Lifted> | undefined
  /** Counts units that went another way. */
  skip(units: number): void
  /** Says that the end went another way too; `last` are its bytes where they were opened. */
  ended?(last: number): void
}

/** What goes the other way, and what the core held of it. */
export interface Lifted {
  readonly units: Units
  readonly held: Bytes
}

/** One body, from its first piece to its end. */
export class Body {
  readonly #inside: Inside
  #seen = 0
  #stays: boolean
  #pipe: Pipe | undefined
  #units: Units | undefined
  #disposed = false

  constructor(inside: Inside) {
    this.#inside = inside
    this.#stays = engine() === undefined
  }

  /** Bytes that one piece has at most. */
  get pieceLength(): number {
    return this.#pipe === undefined ? PIECE_LEN : BULK_PIECE_LEN
  }

  /** Settles when the oldest of what is under way is done; undefined if nothing is. */
  get next(): Promise<unknown> | undefined {
    return this.#pipe?.next
  }

  /** Gives the oldest of what is under way. */
  async take(): Promise<Given> {
    return (await this.#pipe?.oldest()) ?? []
  }

  /** Takes a piece; gives what came out since the last one. */
  push(piece: Bytes): Given | Promise<Given> {
    if (this.#pipe !== undefined) return this.#through(this.#pipe, piece)
    this.#seen += piece.length
    const found = engine()
    if (this.#stays || found === undefined || this.#seen < found.crossover.body) {
      return this.#pushInside(piece)
    }
    const lifting = this.#inside.lift(found)
    if (lifting !== undefined) return this.#change(lifting, piece)
    this.#stays = true
    return this.#pushInside(piece)
  }

  /** Says that nothing follows; gives the rest. */
  end(): Given | Promise<Given> {
    const pipe = this.#pipe
    return pipe === undefined ? this.#inside.end() : this.#endOf(pipe)
  }

  /** Overwrites what is held here. */
  dispose(): void {
    this.#disposed = true
    this.#pipe?.dispose()
  }

  async #change(lifting: Promise<Lifted>, piece: Bytes): Promise<Given> {
    const { units, held } = await lifting
    this.#units = units
    const pipe = new Pipe(units, held)
    this.#pipe = pipe
    if (this.#disposed) pipe.dispose()
    return await this.#through(pipe, piece)
  }

  #through(pipe: Pipe, piece: Bytes): Given | Promise<Given> {
    const out = pipe.push(piece)
    return pipe.over ? this.#back(pipe, out) : out
  }

  // Whatever follows is for the core.
  async #back(
    pipe: Pipe,
    out: readonly Bytes[] | Promise<readonly Bytes[]>,
  ): Promise<readonly Bytes[]> {
    const before = [...(await out), ...(await pipe.drain())]
    if (this.#disposed) return before
    this.#inside.skip(this.#units?.started ?? 0)
    this.#pipe = undefined
    this.#stays = true
    try {
      return whole(before, this.#pushInside(pipe.held))
    } finally {
      pipe.dispose()
    }
  }

  async #endOf(pipe: Pipe): Promise<readonly Bytes[]> {
    const last = this.#units?.last?.(pipe.held)
    if (last === undefined) {
      const rest = await this.#back(pipe, [])
      return whole(rest, this.#inside.end())
    }
    last.done?.catch(() => {})
    const rest = await pipe.drain()
    await last.done
    this.#inside.skip(this.#units?.started ?? 0)
    this.#inside.ended?.(pipe.held.length)
    return whole(rest, last.out)
  }

  #pushInside(piece: Bytes): Bytes {
    if (piece.length <= PIECE_LEN) return this.#inside.push(piece)
    const parts: Bytes[] = []
    for (let from = 0; from < piece.length; from += PIECE_LEN) {
      parts.push(this.#inside.push(piece.subarray(from, from + PIECE_LEN)))
    }
    return concat(parts)
  }
}

function whole(parts: readonly Bytes[], last: Bytes): readonly Bytes[] {
  return last.length === 0 ? parts : [...parts, last]
}

/** What came of a whole body. */
export interface PutWhole {
  /** Bytes that went in; none where the core is faster. */
  readonly from: number
  /** Bytes that came out. */
  readonly to: number
  /** Where they are; the core puts the rest behind them. */
  readonly out: Bytes
  /** Whether there is no rest. */
  readonly isAll?: true
}

/**
 * Puts a whole body that is at hand through the platform's AES, as far as there are units.
 *
 * @param bytes - Of a body that has just begun.
 * @param roomFor - Makes room for all that comes out.
 */
export async function putWhole(
  inside: Inside,
  bytes: Bytes,
  roomFor: (length: number) => Bytes,
): Promise<PutWhole> {
  const found = engine()
  const isLong = found !== undefined && bytes.length >= found.crossover.body
  const lifted = isLong ? await inside.lift(found) : undefined
  if (lifted === undefined) return { from: 0, to: 0, out: roomFor(bytes.length) }
  const { units } = lifted
  const out = roomFor(units.room(bytes))
  const count = await putThrough(units, bytes, out)
  inside.skip(count)
  const done = { from: count * units.from, to: count * units.to, out }
  const rest = bytes.subarray(done.from)
  const last = units.last?.(rest)
  if (last === undefined) return done
  await last.done
  inside.ended?.(rest.length)
  out.set(last.out, done.to)
  return { from: bytes.length, to: done.to + last.out.length, out, isAll: true }
}
