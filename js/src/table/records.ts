/**
 * Sealing and opening records, one by one and many a call.
 *
 * @module
 */

import { FormatError } from '../errors.js'
import type { FormatsGlue } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import type { Core } from '../wasm/instance.js'
import { receive, view } from '../wasm/memory.js'
import {
  type RecordContext,
  type RecordValue,
  readData,
  readRecord,
  readValue,
  roomOf,
  roomOfData,
  write,
  writeData,
} from './input.js'
import { many, readEntries } from './many.js'

/** A value to seal, and what it is bound to. */
export interface ValueEntry {
  readonly value: RecordValue
  readonly context?: RecordContext
}

/** A record to open, and what it is bound to. */
export interface RecordEntry {
  readonly record: RecordValue
  readonly context?: RecordContext
}

/** How records are made and read, as the core numbers it. */
const RAW_DATA = 1
const COMMITTING = 2
const TEXT = 4

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(value: Uint8Array): string {
  try {
    return decoder.decode(value)
  } catch {
    throw new FormatError('ERR_FORMAT_INVALID', 'the value is not UTF-8 text', {
      hint: 'Open it as bytes.',
    })
  }
}

const modeOf = (data: RecordContext, record: unknown): number =>
  (data instanceof Uint8Array ? RAW_DATA : 0) | (typeof record === 'string' ? TEXT : 0)

/**
 * Seals values into records and opens them again, synchronously, under the keys of one table.
 *
 * Records are as long as their value and 45 bytes; those of {@link KeyTable.committing} 72. Text of
 * a record is base64url. Nothing is retained; values are overwritten in the core after each call.
 */
export class Records {
  readonly #handle: Handle<FormatsGlue>
  readonly #kind: number

  /** Not for callers: {@link KeyTable} is one, and has another. */
  constructor(handle: Handle<FormatsGlue>, committing: boolean) {
    this.#handle = handle
    this.#kind = committing ? COMMITTING : 0
  }

  /**
   * Seals a value under the primary key.
   *
   * @param value - Bytes, or text as UTF-8; 8 MiB at most.
   * @param context - What opening has to show again, such as table, column and row; default empty.
   * @returns The record.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what is no value or context, `ERR_LIMIT` for too
   *   long ones, `ERR_STATE` once the table was disposed of.
   * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for context keys that are reserved,
   *   `ERR_POLICY_SUITE` if the primary key only opens.
   * @example
   * const field = table.seal('4242 4242 4242 4242', { row: '17' })
   */
  seal(value: RecordValue, context?: RecordContext): Uint8Array<ArrayBuffer> {
    const [data, bytes] = [readData(context), readValue(value)]
    const mode = this.#kind | modeOf(data, undefined)
    return this.#send(data, bytes, (core, id, data, value) =>
      receive(core, core.recordSeal(id, mode, data, value)),
    )
  }

  /** {@link Records.seal}, with the record as base64url text, for a column, a cookie or a URL. */
  sealText(value: RecordValue, context?: RecordContext): string {
    const [data, bytes] = [readData(context), readValue(value)]
    const mode = this.#kind | modeOf(data, undefined) | TEXT
    return this.#send(data, bytes, (core, id, data, value) =>
      decoder.decode(view(core, core.recordSeal(id, mode, data, value))),
    )
  }

  /**
   * Opens a record with the key that it names; no other is tried.
   *
   * @param record - Bytes, or base64url text.
   * @param context - The one that it was sealed with.
   * @returns The value.
   * @throws {@link OpenError} `ERR_OPEN_FAILED` if it was altered, or the context is another one.
   * @throws {@link PolicyError} `ERR_POLICY_KEY` if the table has no enabled key of its id.
   * @throws {@link FormatError} `ERR_FORMAT_*` if it is no record.
   * @throws {@link MisuseError} as {@link Records.seal}.
   * @example
   * const value = table.open(field, { row: '17' })
   */
  open(record: RecordValue, context?: RecordContext): Uint8Array<ArrayBuffer> {
    return this.#open(record, context, (value) => value.slice() as Uint8Array<ArrayBuffer>)
  }

  /**
   * {@link Records.open}, with the value as text.
   *
   * @throws {@link FormatError} `ERR_FORMAT_INVALID` also if the value is not UTF-8.
   */
  openText(record: RecordValue, context?: RecordContext): string {
    return this.#open(record, context, decode)
  }

  /**
   * Seals many values with one call of the core for each MiB, which costs less than one for each.
   *
   * @param entries - Values, each with its context.
   * @returns The records, in order.
   * @throws as {@link Records.seal}, with the position of the first entry at fault in `hint`; then
   *   none is returned.
   * @example
   * const entries = rows.map(({ id, card }) => ({ value: card, context: { row: id } }))
   * const fields = table.sealAll(entries)
   */
  sealAll(entries: readonly ValueEntry[]): Uint8Array<ArrayBuffer>[] {
    return this.#sealAll(entries, 0, (record) => record.slice() as Uint8Array<ArrayBuffer>)
  }

  /** {@link Records.sealAll}, with the records as base64url text. */
  sealAllText(entries: readonly ValueEntry[]): string[] {
    return this.#sealAll(entries, TEXT, (record) => decoder.decode(record))
  }

  /**
   * Opens many records.
   *
   * @param entries - Records, as bytes or as text, each with its context.
   * @returns The values, in order.
   * @throws as {@link Records.open}, with the position of the first entry at fault in `hint`; then
   *   none is returned.
   */
  openAll(entries: readonly RecordEntry[]): Uint8Array<ArrayBuffer>[] {
    return this.#openAll(entries, (value) => value.slice() as Uint8Array<ArrayBuffer>)
  }

  /** {@link Records.openAll}, with the values as text. */
  openAllText(entries: readonly RecordEntry[]): string[] {
    return this.#openAll(entries, decode)
  }

  #open<T>(record: unknown, context: unknown, read: (value: Uint8Array) => T): T {
    const [data, bytes] = [readData(context), readRecord(record)]
    const mode = this.#kind | modeOf(data, record)
    return this.#send(data, bytes, (core, id, data, length) => {
      const value = view(core, core.recordOpen(id, mode, data, length))
      try {
        return read(value)
      } finally {
        core.wipe()
      }
    })
  }

  /** Writes both into the input region and runs a call on them. */
  #send<T>(
    data: RecordContext,
    value: Uint8Array | string,
    work: (core: Core<FormatsGlue>, id: number, data: number, value: number) => T,
  ): T {
    return this.#handle.enter((core, id) => {
      const at = core.input(roomOfData(data) + roomOf(value))
      // The view is taken after the call: it may have grown the memory.
      const memory = new Uint8Array(core.memory.buffer)
      const dataLength = writeData(memory, at, data)
      return work(core, id, dataLength, write(memory, at + dataLength, value))
    })
  }

  #sealAll<T>(entries: unknown, text: number, read: (record: Uint8Array) => T): T[] {
    const checked = readEntries(entries, 'value', (value, data) => ({
      value: readValue(value),
      mode: this.#kind | modeOf(data, undefined) | text,
    }))
    return many(this.#handle, checked, read, (core, id, mode, length, count) =>
      core.recordSealAll(id, mode, length, count),
    )
  }

  #openAll<T>(entries: unknown, read: (value: Uint8Array) => T): T[] {
    const checked = readEntries(entries, 'record', (record, data) => ({
      value: readRecord(record),
      mode: this.#kind | modeOf(data, record),
    }))
    return many(this.#handle, checked, read, (core, id, mode, length) =>
      core.recordOpenAll(id, mode, length),
    )
  }
}
