/**
 * Everything that `tsutsumi/table` exports.
 *
 * @module
 */

import { Envelope, type EnvelopeOptions } from '../envelope.js'
import type { KeyTable } from './key-table.js'
import type { CreateTableOptions, OpenTableOptions } from './message.js'

export type { RecordContext, RecordValue } from './input.js'
export { KeyTable, type SaveOptions, type TableKey } from './key-table.js'
export type { CreateTableOptions, OpenTableOptions } from './message.js'
export { type RecordEntry, Records, type ValueEntry } from './records.js'

/**
 * Makes a table without an envelope at hand: that of {@link Envelope.createTable}.
 *
 * @param envelope - The root keys that will wrap it.
 * @param options - What the table is for.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are none.
 */
export function createTable(
  envelope: EnvelopeOptions,
  options?: CreateTableOptions,
): Promise<KeyTable> {
  return new Envelope(envelope).createTable(options)
}

/**
 * Opens a table without an envelope at hand: that of {@link Envelope.openTable}.
 *
 * @param message - What {@link KeyTable.save} returned.
 * @param envelope - The root keys, any of which may open it.
 * @param options - The context that it was made with.
 * @throws as {@link Envelope.openTable}.
 */
export function openTable(
  message: Uint8Array | ArrayBuffer,
  envelope: EnvelopeOptions,
  options?: OpenTableOptions,
): Promise<KeyTable> {
  return new Envelope(envelope).openTable(message, options)
}
