/**
 * What the header of a message says, without any key.
 *
 * @module
 */

import { readBytes } from './bytes.js'
import { type Context, contextOfHeader } from './context.js'
import { PARTS, SUITES } from './core-tables.js'
import { FormatError } from './errors.js'
import { readHeader } from './message/open.js'
import { decodeSlots, type Slot } from './root-key.js'
import { core, enter } from './wasm/instance.js'
import { receive, send } from './wasm/memory.js'

/** One field of a header, where it stands. */
export interface MessageField {
  /** Its name in the words of the message format. */
  readonly name: string
  /** Offset of its first byte in the message. */
  readonly offset: number
  /** Its length in bytes. */
  readonly length: number
}

/** What {@link inspect} finds. Nothing of it is authenticated. */
export interface MessageReport {
  /** Number of the algorithm suite, such as 0x0478. */
  readonly suite: number
  /** Its name in words. */
  readonly suiteName: string
  /** Whether a signature ends the message. */
  readonly signed: boolean
  /** Plaintext bytes in every frame but the last; 0 for a body in one piece. */
  readonly frameLength: number
  /** Bytes of the header, its tag included. */
  readonly headerLength: number
  /** The context, as the message claims. */
  readonly context: Context
  /** The wrapped copies of the data key, as the message claims. */
  readonly slots: readonly Slot[]
  /** Every field of the header, in order and without a gap. */
  readonly fields: readonly MessageField[]
}

type Triple = [number, number, number]

const SUITE_SIGNED = 0x0578

// Nothing is done with the message, so these are only what the core takes in one call.
const LIMITS = { slots: 0xffff, headerBytes: 8 << 20, frameBytes: 0xffff_ffff }

// The core says, in four bytes each: suite, frame length, header length; then of every field its
// part, offset and length.
function readNumbers(bytes: Uint8Array): Omit<MessageReport, 'context' | 'slots'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [suite, frameLength, headerLength] = [0, 4, 8].map((at) => view.getUint32(at)) as Triple
  const fields: MessageField[] = []
  for (let at = 12; at < bytes.length; at += 12) {
    const [part, offset, length] = [at, at + 4, at + 8].map((place) =>
      view.getUint32(place),
    ) as Triple
    fields.push({ name: PARTS[part] ?? String(part), offset, length })
  }
  const names: Readonly<Record<number, string>> = SUITES
  const signed = suite === SUITE_SIGNED
  return { suite, suiteName: names[suite] ?? '', signed, frameLength, headerLength, fields }
}

/**
 * Reads the header of a message: suite, context, slots, and where each field stands.
 *
 * No key is needed and nothing is checked: an attacker may have written all of it. Constant in the
 * length of the message.
 *
 * @param message - The message, or as much of its start as holds the header. Not modified.
 * @returns A report of plain values.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for what are no bytes.
 * @throws {@link FormatError} `ERR_FORMAT_*` for bytes that are no message.
 * @throws {@link PolicyError} `ERR_POLICY_SUITE` for a message of version 1: `inspectMessage` of
 *   `tsutsumi/interop` reads those, with a module that has to be loaded first.
 * @example
 * const { suiteName, slots } = inspect(message)
 */
export function inspect(message: Uint8Array | ArrayBuffer): MessageReport {
  const bytes = readBytes(message, 'message')
  const header = readHeader(core, bytes, LIMITS)
  if (header === undefined) {
    throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
      offset: bytes.length,
    })
  }
  try {
    const context = contextOfHeader(header)
    const slots = decodeSlots(header.enter((core, id) => receive(core, core.headerSlots(id))))
    const length = header.enter((core, id) => core.headerLength(id))
    const start = bytes.subarray(0, length)
    const numbers = enter((core) => receive(core, core.inspect(send(core, start))))
    return { ...readNumbers(numbers), context, slots }
  } finally {
    header.dispose()
  }
}
