/**
 * Where bytes lie that are read in parts: memory, a file, a store with range requests.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { FormatError } from '../errors.js'
import { kindOf, readCount, refuse } from '../options.js'

/** A place that gives any part of what lies there. */
export interface RangeReader {
  /** How many bytes lie there. */
  readonly length: number
  /** Gives the bytes from `start` to `end`, without the one at `end`, and no others. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>
}

/** What is read in parts: bytes, a `Blob` or `File`, or an object with `length` and `read`. */
export type RangeSource = Uint8Array | ArrayBuffer | Blob | RangeReader

/** A source that has been looked at. */
export interface Source {
  readonly length: number
  read(start: number, end: number, signal: AbortSignal | undefined): Promise<Uint8Array>
}

function isReader(value: object): value is RangeReader {
  return typeof Reflect.get(value, 'read') === 'function' && 'length' in value
}

function ofReader(reader: RangeReader): Source {
  const length = readCount(reader.length, 'source.length', 0, Number.MAX_SAFE_INTEGER)
  return {
    length,
    async read(start, end, signal) {
      if (start === end) return new Uint8Array(0)
      const got: unknown = await reader.read(start, end, signal)
      const bytes = readBytes(got, 'what `source.read` returned')
      if (bytes.length !== end - start) {
        throw new FormatError(
          'ERR_FORMAT_TRUNCATED',
          'the source gave other bytes than asked for',
          {
            hint: `It was asked for ${end - start} bytes, and gave ${bytes.length}.`,
            offset: start,
          },
        )
      }
      return bytes
    },
  }
}

/** Checks what was given as a source. */
export function readSource(value: unknown): Source {
  if (typeof Blob !== 'undefined' && value instanceof Blob) {
    return ofReader({
      length: value.size,
      read: async (start, end) => new Uint8Array(await value.slice(start, end).arrayBuffer()),
    })
  }
  if (typeof value !== 'object' || value === null) {
    refuse('source', `has to be bytes, a Blob, or an object with \`read\`, not ${kindOf(value)}`)
  }
  if (!(value instanceof Uint8Array) && isReader(value)) return ofReader(value)
  const bytes = readBytes(value, 'source')
  return ofReader({
    length: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
  })
}
