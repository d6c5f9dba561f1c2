/**
 * What the header of a message of any version says, without any key.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { contextOfHeader } from '../context.js'
import { SUITES } from '../core-tables.js'
import { FormatError } from '../errors.js'
import { explainMessage } from '../explain/message.js'
import { inspect, type MessageReport } from '../inspect.js'
import { headerLength, readHeader } from '../message/open.js'
import { decodeSlots } from '../root-key.js'
import { loadFormats } from '../wasm/formats.js'
import type { Instance } from '../wasm/instance.js'
import { receive } from '../wasm/memory.js'

// Nothing is done with the message, so these are only what the module takes in one call.
const LIMITS = { slots: 0xffff, headerBytes: 8 << 20, frameBytes: 0xffff_ffff }
const EVERY_SUITE = 2

/**
 * Reads the header of a message of any version: suite, context, slots, frame length, and where
 * each field stands.
 *
 * Of version 2 it is what {@link inspect} says at once; a message of version 1 has the module with
 * all formats loaded, once. No key is needed and nothing is checked: an attacker may have written
 * all of it. Constant in the length of the message.
 *
 * @param message - The message, or as much of its start as holds the header. Not modified.
 * @returns A report of plain values.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for what are no bytes; `ERR_STATE` where the platform
 *   forbids WebAssembly.
 * @throws {@link FormatError} `ERR_FORMAT_*` for bytes that are no message.
 * @example
 * const { suiteName, context, slots, frameLength } = await inspectMessage(message)
 */
export async function inspectMessage(message: Uint8Array | ArrayBuffer): Promise<MessageReport> {
  const bytes = readBytes(message, 'message')
  if (bytes[0] !== 1) return inspect(bytes)
  const formats = (await loadFormats()) as unknown as Instance
  const header = readHeader(formats, bytes, LIMITS, EVERY_SUITE)
  if (header === undefined) {
    throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
      offset: bytes.length,
    })
  }
  try {
    const length = headerLength(header)
    const { clauses } = explainMessage(bytes.subarray(0, length))
    const suite = header.enter((core, id) => core.headerSuite(id))
    const suiteName = (SUITES as Readonly<Record<number, string>>)[suite] ?? ''
    return {
      suite,
      suiteName,
      signed: suiteName.includes('ECDSA'),
      frameLength: Number(clauses.find(({ name }) => name === 'frame length')?.value),
      headerLength: length,
      context: contextOfHeader(header),
      slots: decodeSlots(header.enter((core, id) => receive(core, core.headerSlots(id)))),
      fields: clauses.map(({ name, offset, length }) => ({ name, offset, length })),
    }
  } finally {
    header.dispose()
  }
}
