/**
 * Frames of a message and chunks of an object, each sealed or opened by one call of AES.
 *
 * @module
 */

import type { Done } from './aes.js'

type Bytes = Uint8Array<ArrayBuffer>

/** How whole units of a body go from one side to the other. */
export interface Units {
  /** Bytes of a unit that goes in. */
  readonly from: number
  /** Bytes of it that come out. */
  readonly to: number
  /** Bytes that have to follow a unit before it may be taken. */
  readonly behind: number
  /**
   * Starts with a unit, and writes all of what comes out into `out`.
   *
   * @returns false for a unit that is for the core to judge.
   */
  start(unit: Uint8Array, out: Uint8Array): Done | false
  /** Instead of `start`, for units that are given out one by one: what comes out is not copied. */
  readonly own?: ((unit: Uint8Array) => Bytes | Promise<Bytes> | false) | undefined
  /** How many were started. */
  readonly started: number
  /** Bytes that come out of a whole body, unless it is malformed; never fewer than may. */
  room(body: Uint8Array): number
  /**
   * Does what follows the last whole unit, where the platform does that too.
   *
   * @param rest - All that is left of the body.
   * @returns Nothing for a rest that is for the core.
   */
  last?(rest: Uint8Array): Last | undefined
}

/** The end of a body. */
export interface Last {
  /** All that comes out, once it is done. */
  readonly out: Uint8Array<ArrayBuffer>
  readonly done: Done
}
