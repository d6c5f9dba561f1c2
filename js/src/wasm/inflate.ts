/**
 * Decompression of what the build compressed: the modules inside the package.
 *
 * Synchronous, which the platform's own is not everywhere, and small: it saves more than it takes.
 * The data is ours, so that its form is trusted; an altered module fails to compile.
 *
 * @module
 * @see RFC 1951, "DEFLATE Compressed Data Format"
 */

const LENGTH_CODES = 29
const DISTANCE_CODES = 30
const END_OF_BLOCK = 256
// The order in which the lengths of the code for lengths stand (RFC 1951, 3.2.7).
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** Symbols and lengths of a prefix code by the next bits: `symbol * 16 + length`. */
interface Code {
  readonly table: Uint16Array
  readonly bits: number
}

/** First values and numbers of extra bits, of codes that double every so often. */
function ranges(count: number, group: number, first: number): readonly [Uint16Array, Uint8Array] {
  const [values, extras] = [new Uint16Array(count), new Uint8Array(count)]
  let value = first
  for (let code = 0; code < count; code++) {
    const extra = Math.max(0, Math.floor(code / group) - 1)
    values[code] = value
    extras[code] = extra
    value += 1 << extra
  }
  return [values, extras]
}

const [LENGTHS, LENGTH_EXTRAS] = ranges(LENGTH_CODES, 4, 3)
const [DISTANCES, DISTANCE_EXTRAS] = ranges(DISTANCE_CODES, 2, 1)
// The longest length has a code of its own, without extra bits.
LENGTHS[LENGTH_CODES - 1] = 258
LENGTH_EXTRAS[LENGTH_CODES - 1] = 0

/** Makes a code of the lengths of its symbols. */
function makeCode(lengths: readonly number[]): Code {
  const bits = Math.max(1, ...lengths)
  const table = new Uint16Array(1 << bits)
  let code = 0
  for (let length = 1; length <= bits; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue
      // Codes are packed with their first bit lowest: the table is read by the reversed code.
      let reversed = 0
      for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit)
      for (let at = reversed; at < table.length; at += 1 << length) table[at] = symbol * 16 + length
      code += 1
    }
    code <<= 1
  }
  return { table, bits }
}

class Inflater {
  readonly #data: Uint8Array
  readonly #out: Uint8Array<ArrayBuffer>
  #at = 0
  #held = 0
  #count = 0
  #written = 0

  constructor(data: Uint8Array, length: number) {
    this.#data = data
    this.#out = new Uint8Array(length)
  }

  run(): Uint8Array<ArrayBuffer> {
    for (let last = 0; last === 0; ) {
      last = this.#bits(1)
      const kind = this.#bits(2)
      if (kind === 0) this.#stored()
      else if (kind === 1) this.#block(makeCode(FIXED), makeCode(Array<number>(30).fill(5)))
      else this.#dynamic()
    }
    return this.#out
  }

  #fill(count: number): void {
    while (this.#count < count) {
      this.#held |= (this.#data[this.#at++] ?? 0) << this.#count
      this.#count += 8
    }
  }

  #bits(count: number): number {
    this.#fill(count)
    const value = this.#held & ((1 << count) - 1)
    this.#held >>>= count
    this.#count -= count
    return value
  }

  #symbol({ table, bits }: Code): number {
    this.#fill(bits)
    const entry = table[this.#held & ((1 << bits) - 1)] ?? 0
    this.#held >>>= entry & 15
    this.#count -= entry & 15
    return entry >> 4
  }

  #stored(): void {
    // Whole bytes that are held were read too far.
    this.#at -= this.#count >> 3
    const length = (this.#data[this.#at] ?? 0) | ((this.#data[this.#at + 1] ?? 0) << 8)
    this.#at += 4
    this.#out.set(this.#data.subarray(this.#at, this.#at + length), this.#written)
    this.#at += length
    this.#written += length
    this.#held = 0
    this.#count = 0
  }

  #dynamic(): void {
    const literals = this.#bits(5) + 257
    const distances = this.#bits(5) + 1
    const count = this.#bits(4) + 4
    const order = Array<number>(19).fill(0)
    for (const place of ORDER.slice(0, count)) order[place] = this.#bits(3)
    const code = makeCode(order)
    const lengths: number[] = []
    while (lengths.length < literals + distances) {
      const symbol = this.#symbol(code)
      if (symbol < 16) lengths.push(symbol)
      else if (symbol === 16) this.#repeat(lengths, lengths.at(-1) ?? 0, 3 + this.#bits(2))
      else this.#repeat(lengths, 0, symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7))
    }
    this.#block(makeCode(lengths.slice(0, literals)), makeCode(lengths.slice(literals)))
  }

  #repeat(lengths: number[], length: number, times: number): void {
    for (let count = 0; count < times; count++) lengths.push(length)
  }

  // State in local variables and code written out: most of the time to the first key is spent here,
  // before an engine has optimised anything.
  #block(literals: Code, distances: Code): void {
    const [data, out] = [this.#data, this.#out]
    const [literalMask, distanceMask] = [(1 << literals.bits) - 1, (1 << distances.bits) - 1]
    let [at, held, count, written] = [this.#at, this.#held, this.#count, this.#written]
    for (;;) {
      while (count < 15) {
        held |= (data[at++] as number) << count
        count += 8
      }
      let entry = literals.table[held & literalMask] as number
      held >>>= entry & 15
      count -= entry & 15
      const symbol = entry >> 4
      if (symbol < END_OF_BLOCK) {
        out[written++] = symbol
        continue
      }
      if (symbol === END_OF_BLOCK) break
      let extra = LENGTH_EXTRAS[symbol - 257] as number
      while (count < extra) {
        held |= (data[at++] as number) << count
        count += 8
      }
      const length = (LENGTHS[symbol - 257] as number) + (held & ((1 << extra) - 1))
      held >>>= extra
      count -= extra
      while (count < 15) {
        held |= (data[at++] as number) << count
        count += 8
      }
      entry = distances.table[held & distanceMask] as number
      held >>>= entry & 15
      count -= entry & 15
      extra = DISTANCE_EXTRAS[entry >> 4] as number
      while (count < extra) {
        held |= (data[at++] as number) << count
        count += 8
      }
      const from = written - (DISTANCES[entry >> 4] as number) - (held & ((1 << extra) - 1))
      held >>>= extra
      count -= extra
      for (let step = 0; step < length; step++) out[written + step] = out[from + step] as number
      written += length
    }
    this.#at = at
    this.#held = held
    this.#count = count
    this.#written = written
  }
}

// The code that needs no description in the data (RFC 1951, 3.2.6).
const FIXED = Array.from({ length: 288 }, (_, symbol) => {
  if (symbol < 144) return 8
  if (symbol < 256) return 9
  return symbol < 280 ? 7 : 8
})

/**
 * Decompresses raw DEFLATE data.
 *
 * @param data - Made by a compressor that is trusted.
 * @param length - Bytes that come out, which the build knows.
 */
export function inflate(data: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  return new Inflater(data, length).run()
}
