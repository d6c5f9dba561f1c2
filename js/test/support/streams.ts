/** Streams for tests. */

/** Everything a stream gives, as one array. */
export async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

/** A stream of these bytes in chunks of a length. */
export function chunked(bytes: Uint8Array, length: number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + length))
      at += length
    },
  })
}

/** Puts bytes through a pair of stream ends. */
export function through(
  bytes: Uint8Array,
  pair: ReadableWritablePair<Uint8Array, Uint8Array>,
  length = 10_000,
): Promise<Uint8Array> {
  return collect(chunked(bytes, length).pipeThrough(pair))
}
