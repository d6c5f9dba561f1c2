/**
 * Ranges of a message: only the frames that cover them are fetched.
 *
 * @module
 */

import { type Context, optionalHandle } from '../context.js'
import { withDataKey } from '../data-key.js'
import { FormatError } from '../errors.js'
import { readCount, readOptions, readSignal } from '../options.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'
import { type OpenTerms, readHeader, unlock } from './open.js'
import { type RangeSource, readSource, type Source } from './source.js'

type Formats = Instance<FormatsGlue>
type Bytes = Uint8Array<ArrayBuffer>

/** Bytes that are fetched first, which hold most headers. */
const START_LEN = 4_096

/** Plaintext bytes that the module opens in one call. */
const STEP_LEN = 1 << 20

/** A message that is read in parts; see {@link Envelope.decryptRanges}. */
export class MessageRanges {
  /** Bytes of the plaintext, authentic. */
  readonly length: number
  /** The context of the message, authentic. */
  readonly context: Context
  readonly #opener: Handle<FormatsGlue>
  readonly #source: Source

  /** Made by {@link Envelope.decryptRanges}. */
  constructor(opener: Handle<FormatsGlue>, source: Source, context: Context) {
    this.#opener = opener
    this.#source = source
    this.context = context
    this.length = plan(opener, 0, 0).length
  }

  /**
   * Reads the bytes from `start` to `end`, without the one at `end`.
   *
   * Fetches the frames that cover them, in one piece, and holds those and the outcome in memory.
   *
   * @param start - From 0 to `end`.
   * @param end - At most `length`.
   * @param options - A signal to end the call early.
   * @returns The bytes, each authentic and in its place.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for a range that is not within the plaintext.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if a frame was altered.
   * @throws {@link FormatError} `ERR_FORMAT_*` if the source gives other bytes than it should.
   */
  async read(
    start: number,
    end: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Bytes> {
    const signal = readSignal(readOptions(options, 'options', ['signal']).signal)
    readCount(end, 'end', 0, this.length)
    readCount(start, 'start', 0, end)
    const { from, to } = plan(this.#opener, start, end)
    const fetched = await this.#source.read(from, to, signal)
    const plaintext = new Uint8Array(end - start)
    try {
      let at = start
      do {
        const next = Math.min(end, at + STEP_LEN)
        const part = plan(this.#opener, at, next)
        const sealed = fetched.subarray(part.from - from, part.to - from)
        plaintext.set(openPart(this.#opener, at, next, sealed), at - start)
        at = next
      } while (at < end)
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
    return plaintext
  }

  /** Overwrites the key; does nothing the second time. */
  dispose(): void {
    this.#opener.dispose()
  }

  /** What `using` calls: the same as {@link MessageRanges.dispose}. */
  [Symbol.dispose](): void {
    this.#opener.dispose()
  }
}

function numbers(bytes: Bytes): number[] {
  const data = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / 8 }, (_, at) => Number(data.getBigUint64(at * 8)))
}

function plan(
  opener: Handle<FormatsGlue>,
  start: number,
  end: number,
): { readonly length: number; readonly from: number; readonly to: number } {
  const [length = 0, from = 0, to = 0] = numbers(
    opener.enter((core, id) =>
      receive(core, core.messageRangePlan(id, BigInt(start), BigInt(end))),
    ),
  )
  return { length, from, to }
}

function openPart(
  opener: Handle<FormatsGlue>,
  start: number,
  end: number,
  sealed: Uint8Array,
): Bytes {
  return opener.enter((core, id) => {
    const length = send(core, sealed)
    const part = receive(core, core.messageRangeOpen(id, BigInt(start), BigInt(end), length))
    core.wipe()
    return part
  })
}

async function fetchHeader(
  instance: Formats,
  source: Source,
  { limits, allowed, signal }: OpenTerms,
): Promise<Handle<FormatsGlue>> {
  for (let length = START_LEN; ; length *= 8) {
    const to = Math.min(length, source.length)
    const start = await source.read(0, to, signal)
    const header = readHeader(instance as unknown as Instance, start, limits, allowed)
    if (header !== undefined) return header as unknown as Handle<FormatsGlue>
    if (to === source.length) {
      throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
        offset: to,
      })
    }
  }
}

/** Reads the header and the final frame, and has the data key unwrapped. */
export async function openRanges(given: RangeSource, terms: OpenTerms): Promise<MessageRanges> {
  const source = readSource(given)
  terms.signal?.throwIfAborted()
  const instance = await loadFormats()
  const header = await fetchHeader(instance, source, terms)
  try {
    const length = BigInt(source.length)
    const [from = 0, to = 0] = numbers(
      header.enter((core, id) => receive(core, core.messageFinalFrame(id, length))),
    )
    const last = await source.read(from, to, terms.signal)
    const { context, unstored, dataKey } = await unlock(header as unknown as Handle, terms)
    const bound = optionalHandle(instance as unknown as Instance, unstored)
    try {
      const opener = withDataKey(dataKey, instance, (core, key) => {
        const numbers = [header.id, key, bound?.id ?? 0, terms.allowed] as const
        return core.messageRangeOpenerNew(...numbers, length, send(core, last))
      })
      return new MessageRanges(new Handle(instance, 'message', opener), source, context)
    } finally {
      bound?.dispose()
      dataKey.dispose()
    }
  } finally {
    header.dispose()
  }
}
