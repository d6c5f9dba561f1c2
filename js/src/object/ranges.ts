/**
 * Ranges of objects: only the chunks that cover them are fetched.
 *
 * @module
 */

import { orAborted } from '../abort.js'
import { engine } from '../bulk/aes.js'
import { chunkKey } from '../bulk/object.js'
import { putThrough } from '../bulk/pipe.js'
import type { Units } from '../bulk/units.js'
import { concat, readBytes } from '../bytes.js'
import { FormatError } from '../errors.js'
import { kindOf, readCount, readOptions, readSignal, refuse } from '../options.js'
import type { StoredSlot } from '../slot/stored.js'
import { receive, send } from '../wasm/memory.js'
import {
  CHUNK_LEN,
  HEADER_LEN,
  openUnder,
  SEALED_CHUNK_LEN,
  type Terms,
  type Work,
} from './work.js'

/** An object somewhere else, of which any part can be had. */
export interface ObjectSource {
  /** Bytes of the object as it is stored. */
  readonly size: number
  /** What is kept beside it. */
  readonly slots: string | readonly StoredSlot[]
  /** Gets the stored bytes from `start` up to, not including, `end`. */
  fetch(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array | ArrayBuffer>
}

/** Plaintext bytes that are fetched and opened at a time: whole chunks. */
const STRIDE = 256 * CHUNK_LEN

/** Reads ranges of one object; see {@link Objects.reader}. */
export class ObjectReader {
  /** Bytes of the plaintext; a claim of whoever stores it until a range up to it was read. */
  readonly length: number
  readonly #source: ObjectSource
  readonly #work: Work
  #chunks: ReturnType<typeof chunkKey>

  /** Made by {@link Objects.reader}. */
  constructor(source: ObjectSource, work: Work, length: number) {
    this.#source = source
    this.#work = work
    this.length = length
  }

  /**
   * Reads a range of the plaintext.
   *
   * Fetches the chunks of 16 KiB that cover it, up to 4 MiB at a time. An empty range fetches the
   * chunk it stands in, so that even nothing is authentic.
   *
   * @param start - Of the first byte.
   * @param end - Behind the last byte; at most `length`.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for a range that is turned round or over the end;
   *   `ERR_STATE` once disposed of.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if a chunk was altered, moved, or cut off.
   * @throws {@link FormatError} `ERR_FORMAT_TRUNCATED` if another number of bytes was fetched.
   */
  async read(
    start: number,
    end: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array<ArrayBuffer>> {
    const signal = readSignal(readOptions(options, 'options', ['signal']).signal)
    readCount(start, 'start', 0, Number.MAX_SAFE_INTEGER)
    readCount(end, 'end', 0, Number.MAX_SAFE_INTEGER)
    // The whole range is looked at before any of it is fetched.
    this.#plan(start, end)
    const parts: Uint8Array[] = []
    for (let from = start; ; ) {
      const next = Math.min(end, (Math.floor(from / CHUNK_LEN) + STRIDE / CHUNK_LEN) * CHUNK_LEN)
      parts.push(await this.#part(from, next, signal))
      if (next === end) return concat(parts)
      from = next
    }
  }

  /** Overwrites the keys; does nothing the second time. */
  dispose(): void {
    this.#work.dispose()
    this.#chunks = undefined
  }

  /** What `using` calls: the same as {@link ObjectReader.dispose}. */
  [Symbol.dispose](): void {
    this.dispose()
  }

  #plan(start: number, end: number): readonly [number, number] {
    const bytes = this.#work.enter((core, id) =>
      receive(core, core.objectRangesPlan(id, start, end)),
    )
    return [numberAt(bytes, 0), numberAt(bytes, 8)]
  }

  async #part(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    const [from, to] = this.#plan(start, end)
    const bytes = await fetchPart(this.#source, from, to, signal)
    const count = Math.floor(bytes.length / SEALED_CHUNK_LEN)
    const units = await this.#unitsFor((from - HEADER_LEN) / SEALED_CHUNK_LEN, count)
    if (units === undefined) return this.#openInside(start, end, bytes)
    const opened = new Uint8Array(count * CHUNK_LEN)
    await putThrough(units, bytes, opened)
    const skipped = start % CHUNK_LEN
    const whole = opened.subarray(skipped, skipped + end - start)
    const rest = bytes.subarray(count * SEALED_CHUNK_LEN)
    if (rest.length === 0) return whole
    // The last chunk is shorter than the others, and stands behind them.
    return concat([whole, this.#openInside(start - skipped + opened.length, end, rest)])
  }

  #openInside(start: number, end: number, bytes: Uint8Array): Uint8Array {
    return this.#work.enter((core, id) => {
      const plaintext = receive(core, core.objectRangesOpen(id, start, end, send(core, bytes)))
      core.wipe()
      return plaintext
    })
  }

  // What opens whole chunks by the platform's AES, where that is faster.
  async #unitsFor(first: number, count: number): Promise<Units | undefined> {
    const found = engine()
    if (found === undefined || count * CHUNK_LEN < found.crossover.body) return undefined
    this.#chunks ??= chunkKey(this.#work, found)
    return await this.#chunks?.(first)
  }
}

function numberAt(bytes: Uint8Array, at: number): number {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return data.getUint32(at) * 2 ** 32 + data.getUint32(at + 4)
}

async function fetchPart(
  source: ObjectSource,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  signal?.throwIfAborted()
  const work = source.fetch(start, end, signal)
  const fetched = await (signal === undefined ? work : orAborted(work, signal))
  const bytes = readBytes(fetched, 'fetched')
  if (bytes.length === end - start) return bytes
  throw new FormatError('ERR_FORMAT_TRUNCATED', 'no object ends here', {
    hint: `Bytes ${start} to ${end} were asked for, and ${bytes.length} came.`,
  })
}

/** Opens the slots of a source, and checks its header. */
export async function openReader(source: ObjectSource, terms: Terms): Promise<ObjectReader> {
  if (typeof source !== 'object' || source === null || typeof source.fetch !== 'function') {
    refuse('source', `has to have \`size\`, \`slots\` and \`fetch\`, not be ${kindOf(source)}`)
  }
  const size = readCount(source.size, 'source.size', 0, Number.MAX_SAFE_INTEGER)
  const header = await fetchPart(source, 0, Math.min(size, HEADER_LEN), terms.signal)
  let length = 0
  const work = await openUnder(terms, source.slots, (core, key, context) => {
    const id = core.objectRangesNew(key, context, send(core, header), size)
    length = numberAt(receive(core, core.outputLength()), 0)
    return id
  })
  return new ObjectReader(source, work, length)
}
