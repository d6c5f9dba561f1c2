/**
 * What a record is made of, checked, and written straight into the core's memory.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { type Context, readContext } from '../context.js'
import { MisuseError } from '../errors.js'
import { isWellFormed, kindOf, refuse } from '../options.js'

/**
 * What is authenticated with a record and needed to open it, but not stored: pairs of text, or the
 * bytes that another program uses with Tink as associated data. Pairs are serialised as the
 * encryption context of a message.
 */
export type RecordContext = Context | Uint8Array

/** A value: bytes, or text that is taken as UTF-8. */
export type RecordValue = Uint8Array | ArrayBuffer | string

/** Text up to here is written without knowing how many bytes it takes: at most three a unit. */
const SHORT_TEXT = 16_384

const encoder = new TextEncoder()

/** Checks a value. */
export function readValue(value: unknown): Uint8Array | string {
  if (typeof value !== 'string') return readBytes(value, 'value')
  if (!isWellFormed(value)) refuse('value', 'has a lone surrogate in it')
  return measured(value)
}

/** Checks a record, which may also be the text of one. */
export function readRecord(record: unknown): Uint8Array | string {
  return typeof record === 'string' ? measured(record) : readBytes(record, 'record')
}

/** Checks what is authenticated with a record: a copy, or a view of the caller's bytes. */
export function readData(context: unknown): RecordContext {
  if (context instanceof Uint8Array || kindOf(context) === 'Uint8Array') {
    return readBytes(context, 'context')
  }
  return readContext(context)
}

// Long text gets an array of its own rather than three times its length in the core's memory.
function measured(text: string): Uint8Array | string {
  return text.length > SHORT_TEXT ? encoder.encode(text) : text
}

/** Bytes that a value or a record takes at most. */
export function roomOf(value: Uint8Array | string): number {
  return typeof value === 'string' ? 3 * value.length : value.length
}

/** Bytes that {@link writeData} writes at most. */
export function roomOfData(data: RecordContext): number {
  if (data instanceof Uint8Array) return data.length
  let room = 0
  for (const key in data) room += 4 + 3 * (key.length + (data[key] ?? '').length)
  return room
}

/** Writes a value or a record; returns its length. */
export function write(memory: Uint8Array, at: number, value: Uint8Array | string): number {
  if (typeof value === 'string') return encoder.encodeInto(value, memory.subarray(at)).written
  memory.set(value, at)
  return value.length
}

/**
 * Writes what is authenticated: bytes as they are, pairs each behind its length.
 *
 * @throws {@link MisuseError} `ERR_LIMIT` for text longer than 65,535 bytes.
 */
export function writeData(memory: Uint8Array, at: number, data: RecordContext): number {
  if (data instanceof Uint8Array) return write(memory, at, data)
  let end = at
  for (const key in data) {
    end = writeText(memory, end, key)
    end = writeText(memory, end, data[key] ?? '')
  }
  return end - at
}

function writeText(memory: Uint8Array, at: number, text: string): number {
  const length = write(memory, at + 2, text)
  if (length > 0xffff) {
    throw new MisuseError('ERR_LIMIT', 'the context is longer than 65,535 bytes')
  }
  memory[at] = length >> 8
  memory[at + 1] = length & 0xff
  return at + 2 + length
}
