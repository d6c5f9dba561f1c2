/**
 * A stream of bytes in parts of one length.
 *
 * @module
 */

/** Gathers what comes into parts; only the last one is shorter. */
export class Parts {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #length: number
  #rest: Uint8Array | undefined
  #ended = false

  constructor(stream: ReadableStream<Uint8Array>, length: number) {
    this.#reader = stream.getReader()
    this.#length = length
  }

  /** Whether the part that came last was the last one. */
  get ended(): boolean {
    return this.#ended
  }

  /** The next part; undefined once there is nothing more. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#ended) return undefined
    const part = new Uint8Array(this.#length)
    let at = 0
    while (at < part.length) {
      const piece = this.#rest ?? (await this.#read())
      if (piece === undefined) break
      const taken = piece.subarray(0, part.length - at)
      part.set(taken, at)
      at += taken.length
      this.#rest = taken.length < piece.length ? piece.subarray(taken.length) : undefined
    }
    // Whether this was the last one is known only by asking once more.
    this.#rest ??= await this.#read()
    this.#ended = this.#rest === undefined
    return at === 0 ? undefined : part.subarray(0, at)
  }

  /** Tells the stream that nobody reads any more. */
  async cancel(reason: unknown): Promise<void> {
    await this.#reader.cancel(reason).catch(() => {})
  }

  async #read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { done, value } = await this.#reader.read()
      if (done) return undefined
      if (value.length > 0) return value
    }
  }
}
