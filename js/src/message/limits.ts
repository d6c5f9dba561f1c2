/**
 * What a reader is willing to take.
 *
 * @module
 */

import { readCount, readOptions } from '../options.js'

/** Bounds on what is read before anything is known to be authentic; see {@link Envelope}. */
export interface Limits {
  /** Slots in a message; each may cost a call to a key service. Default 10. */
  readonly slots?: number
  /** Bytes of the header, its tag included. Default 131,072. */
  readonly headerBytes?: number
  /** Plaintext bytes of a frame, which is what a reader has to hold. Default 1,048,576. */
  readonly frameBytes?: number
}

/** Checks limits and fills in the defaults. */
export function readLimits(value: Limits | undefined): Required<Limits> {
  const { slots, headerBytes, frameBytes } = readOptions(value, 'limits', [
    'slots',
    'headerBytes',
    'frameBytes',
  ])
  return {
    slots: readCount(slots ?? 10, 'limits.slots', 1, 0xffff),
    headerBytes: readCount(headerBytes ?? 131_072, 'limits.headerBytes', 128, 1 << 30),
    frameBytes: readCount(frameBytes ?? 1_048_576, 'limits.frameBytes', 1, 1 << 30),
  }
}
