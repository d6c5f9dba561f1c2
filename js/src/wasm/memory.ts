/**
 * Bytes into and out of the core, through its two regions of linear memory.
 *
 * @module
 */

import { type Core, coreMemory } from './instance.js'

/** The most bytes that one call of the core takes. */
export const PIECE_LEN = 65_536

/** Copies parts, one after the other, into the input region; returns their length. */
export function send(core: Core, ...parts: readonly Uint8Array[]): number {
  let length = 0
  for (const part of parts) length += part.length
  let at = core.input(length)
  // The view is taken after the call: it may have grown the memory.
  const memory = new Uint8Array(coreMemory().buffer)
  for (const part of parts) {
    memory.set(part, at)
    at += part.length
  }
  return length
}

/** The output region as a view, valid until the next call of the core. */
export function view(core: Core, length: number): Uint8Array {
  return new Uint8Array(coreMemory().buffer, core.output(), length)
}

/** A copy of the output region. */
export function receive(core: Core, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(coreMemory().buffer, core.output(), length).slice()
}
