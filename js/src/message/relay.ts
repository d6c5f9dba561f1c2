/**
 * Two stream ends around a machine that takes pieces and gives pieces.
 *
 * A `TransformStream` hands on whatever one chunk turns into at once, so that a chunk of a gigabyte
 * makes a gigabyte of output. Here a chunk is taken apart as the reader asks for more, and the
 * writer waits until all of its chunk is used.
 *
 * @module
 */

import { readBytes, stillThere } from '../bytes.js'
import { PIECE_LEN } from '../wasm/memory.js'

type Bytes = Uint8Array<ArrayBuffer>

/** What comes out of a machine at a time: nothing, or arrays none of which is empty. */
export type Given = Bytes | readonly Bytes[]

/** What stands between the two ends. */
export interface Machine {
  /** What comes out before anything goes in. */
  begin(signal: AbortSignal): Promise<Bytes | undefined>
  /** Bytes of a piece that it takes at most; 65,536 if absent. */
  readonly pieceLength?: number
  /** Takes a piece; what it gives may be empty. */
  push(piece: Bytes): Given | Promise<Given>
  /** Where it goes on with pieces that it took: settles when the oldest of them is done. */
  readonly next?: Promise<unknown> | undefined
  /** Gives what the oldest of them became. */
  take?(): Promise<Given>
  /** Told that nothing follows; gives the rest. */
  end(): Given | Promise<Given>
  /** Frees what is held; called once, on every path. */
  dispose(): void
}

/** Two ends that `pipeThrough` takes. */
export interface BytePair {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly writable: WritableStream<Uint8Array>
}

/** Stands for a piece that the machine took before. */
const TAKEN: Bytes = new Uint8Array(0)

interface Wait<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (reason: unknown) => void
}

function wait<T = void>(): Wait<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  // Both ends report a failure; a promise that nobody waits for must not report it a third time.
  promise.catch(() => {})
  return { promise, resolve, reject }
}

class Relay {
  readonly #load: () => Machine | Promise<Machine>
  readonly #signal: AbortSignal | undefined
  readonly #stop = new AbortController()
  #machine: Machine | undefined
  #reader: ReadableStreamDefaultController<Bytes> | undefined
  #writer: WritableStreamDefaultController | undefined
  #chunk: Bytes | undefined
  #left = 0
  #used: Wait<void> | undefined
  #more: Wait<void> = wait()
  #ended = false
  #over = false

  constructor(load: () => Machine | Promise<Machine>, signal: AbortSignal | undefined) {
    this.#load = load
    this.#signal = signal
  }

  pair(): BytePair {
    const writable = new WritableStream<Uint8Array>(
      {
        start: (writer) => this.#hold(writer),
        write: (chunk) => this.#write(chunk),
        close: () => this.#close(),
        abort: (reason) => this.#fail(reason),
      },
      { highWaterMark: 1 },
    )
    const readable = new ReadableStream<Bytes>(
      {
        start: (reader) => {
          this.#reader = reader
        },
        pull: () => this.#pull(),
        cancel: (reason) => this.#fail(reason),
      },
      { highWaterMark: 0 },
    )
    if (this.#signal?.aborted === true) this.#aborted()
    else this.#signal?.addEventListener('abort', this.#aborted, { once: true })
    return { readable, writable }
  }

  readonly #aborted = (): void => this.#fail(this.#signal?.reason)

  #hold(writer: WritableStreamDefaultController): void {
    this.#writer = writer
    const { signal } = writer
    // An abort of the writable waits for the write under way, which waits for a reader: this does
    // not. It does wait for the abort to be entered, which Node 20 does not expect to be reentrant.
    const aborted = (): void => queueMicrotask(() => this.#fail(signal.reason))
    signal?.addEventListener('abort', aborted, { once: true })
  }

  #write(chunk: unknown): Promise<void> {
    try {
      this.#chunk = readBytes(chunk, 'chunk')
      this.#left = this.#chunk.length
    } catch (error) {
      this.#fail(error)
      throw error
    }
    this.#used = wait()
    this.#more.resolve()
    return this.#used.promise
  }

  #close(): Promise<void> {
    this.#ended = true
    this.#used = wait()
    this.#more.resolve()
    return this.#used.promise
  }

  async #pull(): Promise<void> {
    try {
      let out: Given | undefined
      if (this.#machine === undefined) {
        this.#machine = await this.#load()
        if (this.#over) return this.#machine.dispose()
        out = await this.#machine.begin(this.#stop.signal)
      }
      const machine = this.#machine
      while (!this.#over && (out === undefined || out.length === 0)) {
        const piece = await this.#next(machine)
        if (this.#over) break
        if (piece === undefined) return await this.#finish(machine)
        const isTaken = piece === TAKEN
        const given = isTaken ? machine.take?.() : machine.push(piece)
        out = given instanceof Promise ? await given : given
        if (!this.#over && !isTaken) this.#spent(piece.length)
      }
      if (!this.#over && out !== undefined) this.#give(out)
    } catch (error) {
      this.#fail(error)
    }
  }

  // A piece, or none any more; before it waits for one, what is done with an older one.
  async #next(machine: Machine): Promise<Bytes | undefined> {
    while (!this.#over) {
      if (this.#chunk !== undefined) {
        stillThere(this.#chunk, this.#left, 'chunk')
        return this.#chunk.subarray(0, machine.pieceLength ?? PIECE_LEN)
      }
      if (this.#ended) return undefined
      const more = this.#more.promise
      const first = await (machine.next === undefined ? more : firstOf(more, machine.next))
      if (first === TAKEN) return TAKEN
      this.#more = wait()
    }
    return undefined
  }

  #give(out: Given): void {
    for (const part of out instanceof Uint8Array ? [out] : out) this.#reader?.enqueue(part)
  }

  #spent(length: number): void {
    const rest = this.#chunk?.subarray(length)
    this.#chunk = rest?.length ? rest : undefined
    this.#left = rest?.length ?? 0
    if (this.#chunk === undefined) this.#used?.resolve()
  }

  async #finish(machine: Machine): Promise<void> {
    const ended = machine.end()
    const out = ended instanceof Promise ? await ended : ended
    if (this.#over) return
    if (out.length > 0) this.#give(out)
    this.#reader?.close()
    this.#used?.resolve()
    this.#settle()
  }

  #fail(reason: unknown): void {
    if (this.#over) return
    this.#settle()
    this.#stop.abort(reason)
    this.#used?.reject(reason)
    this.#more.resolve()
    this.#reader?.error(reason)
    this.#writer?.error(reason)
  }

  #settle(): void {
    this.#over = true
    this.#chunk = undefined
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#machine?.dispose()
  }
}

// Failed counts as done: whoever takes it hears of that.
function firstOf(more: Promise<void>, done: Promise<unknown>): Promise<unknown> {
  const taken = (): Bytes => TAKEN
  return Promise.race([more, done.then(taken, taken)])
}

/**
 * Puts a machine between two stream ends.
 *
 * @param load - Gives the machine when the first bytes are asked for.
 */
export function relay(
  load: () => Machine | Promise<Machine>,
  signal: AbortSignal | undefined,
): BytePair {
  return new Relay(load, signal).pair()
}
