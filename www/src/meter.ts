/** Progress of long work. @module */

import { find } from './dom.js'

const bar = find('progress', HTMLProgressElement)

/** The stream of a blob, which moves the bar as it is read. */
export function metered(blob: Blob): ReadableStream<Uint8Array<ArrayBuffer>> {
  let read = 0
  bar.value = blob.size === 0 ? 1 : 0
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      read += chunk.length
      bar.value = read / blob.size
      controller.enqueue(chunk)
    },
  })
  return blob.stream().pipeThrough(count)
}

/** All of a stream as one blob; a failure is that of the stream, which `Response` would hide. */
export async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return new Blob(parts)
    parts.push(value)
  }
}
