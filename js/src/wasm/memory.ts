/**
 * Bytes into and out of an instance, through its two regions of linear memory.
 *
 * @module
 */

import type { Core } from './instance.js'

/** The most bytes that one call of the core takes. */
export const PIECE_LEN = 65_536

/** What is needed to reach the regions of any instance. */
export type Regions = Pick<Core, 'input' | 'output' | 'memory'>

/** Copies parts, one after the other, into the input region; returns their length. */
export function send(core: Regions, ...parts: readonly Uint8Array[]): number {
  let length = 0
  for (const part of parts) length += part.length
  let at = core.input(length)
  // The view is taken after the call: it may have grown the memory.
  const memory = new Uint8Array(core.memory.buffer)
  for (const part of parts) {
    memory.set(part, at)
    at += part.length
  }
  return length
}

/** The output region as a view, valid until the next call of the instance. */
export function view(core: Regions, length: number): Uint8Array {
  return new Uint8Array(core.memory.buffer, core.output(), length)
}

/** A copy of the output region. */
export function receive(core: Regions, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(core.memory.buffer, core.output(), length).slice()
}

/** Puts bytes through a call, piece by piece, into an array; returns where the last one ends. */
export function pushAll(
  core: Regions,
  push: (length: number) => number,
  bytes: Uint8Array,
  out: Uint8Array,
  start: number,
): number {
  let at = start
  for (let from = 0; from < bytes.length; from += PIECE_LEN) {
    const length = push(send(core, bytes.subarray(from, from + PIECE_LEN)))
    out.set(view(core, length), at)
    at += length
  }
  return at
}
