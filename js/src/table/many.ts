/**
 * Many records a call of the core.
 *
 * @module
 */

import { isTsutsumiError } from '../errors.js'
import { kindOf, readOptions, refuse } from '../options.js'
import type { FormatsGlue } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import type { Core } from '../wasm/instance.js'
import { view } from '../wasm/memory.js'
import { type RecordContext, readData, roomOf, roomOfData, write, writeData } from './input.js'

/** Bytes that one call takes, unless a single entry has more. */
const CALL_LEN = 1 << 20

/** An entry, checked. */
export interface Entry {
  readonly data: RecordContext
  readonly value: Uint8Array | string
  /** How the core is to read it. */
  readonly mode: number
}

/** What runs a call of the core on entries in its input region. */
export type Call = (
  core: Core<FormatsGlue>,
  id: number,
  mode: number,
  length: number,
  count: number,
) => number

/** Checks entries, each of which has something under `name`, and a context. */
export function readEntries<N extends 'value' | 'record'>(
  entries: unknown,
  name: N,
  read: (value: unknown, data: RecordContext) => Omit<Entry, 'data'>,
): Entry[] {
  if (!Array.isArray(entries)) refuse('entries', `have to be an array, not ${kindOf(entries)}`)
  return entries.map((entry: unknown, position) =>
    at(position, () => {
      const given = entry as { [name: string]: unknown; context?: unknown }
      const options = readOptions(given, 'entry', [name, 'context'])
      const data = readData(options.context)
      return { data, ...read(options[name], data) }
    }),
  )
}

/**
 * Runs calls on entries, as many at a time as go into one, and reads the outcome of each.
 *
 * @throws what the first entry at fault throws alone, with its position in `hint`.
 */
export function many<T>(
  handle: Handle<FormatsGlue>,
  entries: readonly Entry[],
  read: (outcome: Uint8Array) => T,
  call: Call,
): T[] {
  const outcomes: T[] = []
  for (let from = 0; from < entries.length; ) {
    const to = endOfCall(entries, from)
    try {
      run(handle, entries.slice(from, to), read, call, outcomes)
    } catch (error) {
      // Which one it was shows when they are gone through one by one.
      for (let position = from; position < to; position++) {
        at(position, () => run(handle, entries.slice(position, position + 1), read, call, []))
      }
      throw error
    }
    from = to
  }
  return outcomes
}

/** How far entries go that are alike and fit one call. */
function endOfCall(entries: readonly Entry[], from: number): number {
  let room = 0
  let to = from
  for (; to < entries.length; to++) {
    const entry = entries[to] as Entry
    room += roomOfEntry(entry)
    if (to > from && (room > CALL_LEN || entry.mode !== entries[from]?.mode)) break
  }
  return to
}

function roomOfEntry({ data, value }: Entry): number {
  return 8 + roomOfData(data) + roomOf(value)
}

function run<T>(
  handle: Handle<FormatsGlue>,
  entries: readonly Entry[],
  read: (outcome: Uint8Array) => T,
  call: Call,
  outcomes: T[],
): void {
  const mode = entries[0]?.mode ?? 0
  const room = entries.reduce((sum, entry) => sum + roomOfEntry(entry), 0)
  handle.enter((core, id) => {
    const start = core.input(room)
    // The view is taken after the call: it may have grown the memory.
    const end = writeEntries(new Uint8Array(core.memory.buffer), start, entries)
    const output = view(core, call(core, id, mode, end - start, entries.length))
    const lengths = new DataView(output.buffer, output.byteOffset, output.length)
    try {
      for (let at = 0; at < output.length; ) {
        const length = lengths.getUint32(at)
        outcomes.push(read(output.subarray(at + 4, at + 4 + length)))
        at += 4 + length
      }
    } finally {
      core.wipe()
    }
  })
}

/** Writes entries: two lengths, what is authenticated, and the value; returns where they end. */
function writeEntries(memory: Uint8Array, start: number, entries: readonly Entry[]): number {
  const lengths = new DataView(memory.buffer)
  let end = start
  for (const { data, value } of entries) {
    const dataLength = writeData(memory, end + 8, data)
    const valueLength = write(memory, end + 8 + dataLength, value)
    lengths.setUint32(end, dataLength)
    lengths.setUint32(end + 4, valueLength)
    end += 8 + dataLength + valueLength
  }
  return end
}

/** Adds to an error which entry it is about. */
function at<T>(position: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isTsutsumiError(error)) throw error
    const hint = `It is entry ${position}, counted from 0.`
    throw Object.assign(error, { hint: error.hint === undefined ? hint : `${hint} ${error.hint}` })
  }
}
