/**
 * Bodies on their way from a store.
 *
 * @module
 */

import { refusalOf } from '../error.js'

/** A body whose failures are the store's; none is an empty one. */
export function named(body: ReadableStream<Uint8Array> | null): ReadableStream<Uint8Array> {
  const reader = (body ?? new Blob([]).stream()).getReader()
  return new ReadableStream<Uint8Array>(
    {
      async pull(out) {
        const { done, value } = await reader.read().catch((cause) => {
          throw refusalOf('send the object', { cause })
        })
        if (done) out.close()
        else out.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
