/**
 * Frames of a message and chunks of an object, each sealed or opened by one call of AES.
 *
 * @module
 */

import type { Done } from './aes.js'

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
  /** How many were started. */
  readonly started: number
}
