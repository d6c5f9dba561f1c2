/**
 * The header of a message, read and written without a module.
 *
 * @module
 */

import { FormatError, MisuseError, PolicyError } from '../errors.js'
import type { Limits } from '../message/limits.js'
import type { Context } from '../pairs.js'
import type { Slot } from '../root-key.js'
import { decodeContext, hasPublicKey } from './context.js'

/** The suite that is written, and the only one that is read. */
export const SUITE = 0x0478
const SIGNED = 0x0578
/** Suites of version 1, which commit to no key. */
const UNCOMMITTED = new Set([
  0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378,
])

const TYPE = 0x80
const FRAMED = 2
const SINGLE = 1
/** Bytes of a tag. */
export const TAG_LEN = 16
/** Bytes of a commitment. */
export const COMMITMENT_LEN = 32
/** Bytes of a message id. */
export const MESSAGE_ID_LEN = 32

type Bytes = Uint8Array<ArrayBuffer>

/** A header as it was read; nothing in it is authentic yet. */
export interface Header {
  readonly bytes: Bytes
  readonly messageId: Bytes
  readonly context: Context
  readonly slots: readonly Slot[]
  /** Plaintext bytes of a frame; 0 for a body in one piece. */
  readonly frameLen: number
  readonly commitment: Bytes
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** More bytes are needed to go on. */
class More extends Error {}

class Reader {
  readonly #bytes: Bytes
  at = 0

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  take(length: number): Bytes {
    const end = this.at + length
    // spec: M-12
    if (end > this.#bytes.length) throw new More()
    const taken = this.#bytes.subarray(this.at, end)
    this.at = end
    return taken
  }

  number(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  prefixed(): Bytes {
    return this.take(this.number(2))
  }

  invalid(message: string): FormatError {
    return new FormatError('ERR_FORMAT_INVALID', message, { offset: this.at })
  }
}

/**
 * Reads the header off the front of a message; undefined means that more bytes are needed.
 *
 * @throws {@link FormatError} {@link PolicyError} {@link MisuseError} as the core does.
 */
export function readHeader(bytes: Bytes, limits: Required<Limits>): Header | undefined {
  const start = bytes.subarray(0, limits.headerBytes)
  try {
    return parse(start, limits)
  } catch (error) {
    if (!(error instanceof More)) throw error
    if (bytes.length < limits.headerBytes) return undefined
    // spec: M-11
    throw new MisuseError('ERR_LIMIT', 'the header is longer than allowed', {
      hint: 'Raise `limits.headerBytes` if the message is to be trusted.',
    })
  }
}

function parse(bytes: Bytes, limits: Required<Limits>): Header {
  const reader = new Reader(bytes)
  readVersion(reader, bytes)
  const suite = reader.number(2)
  if (suite !== SUITE && suite !== SIGNED) throw unknownSuite(reader)
  const messageId = reader.take(MESSAGE_ID_LEN)
  const context = decodeContext(reader.prefixed())
  if (context === 'malformed') throw reader.invalid('the context is malformed')
  if (context === 'too long') {
    throw new MisuseError('ERR_LIMIT', 'the context is over 65,535 bytes or 1,024 pairs')
  }
  // spec: M-40
  if (hasPublicKey(context as Context) !== (suite === SIGNED)) {
    throw reader.invalid('a public key is in the context, or missing, against the suite')
  }
  const slots = readSlots(reader, limits.slots)
  const frameLen = readFrameLen(reader, limits.frameBytes)
  const commitment = reader.take(COMMITMENT_LEN)
  reader.take(TAG_LEN)
  if (suite === SIGNED) {
    throw new PolicyError('ERR_POLICY_SUITE', 'signed messages are not opened without the core', {
      hint: 'Import `tsutsumi` where WebAssembly is allowed.',
    })
  }
  const whole = bytes.subarray(0, reader.at)
  return { bytes: whole, messageId, context: context as Context, slots, frameLen, commitment }
}

// spec: M-1, M-2
function readVersion(reader: Reader, bytes: Bytes): void {
  const version = reader.number(1)
  if (version === 2) return
  if (version === 1) {
    if (reader.number(1) !== TYPE) throw notAMessage()
    if (!UNCOMMITTED.has(reader.number(2))) throw unknownSuite(reader)
    // spec: M-3
    throw new PolicyError('ERR_POLICY_SUITE', 'the suite does not commit to its key', {
      hint: "Import `tsutsumi` and say `commitment: 'allow-uncommitted'` if it has to be read.",
    })
  }
  const second = bytes[1]
  if (version === 0x41 && (second === undefined || second === 0x67 || second === 0x59)) {
    reader.take(1)
    throw new FormatError('ERR_FORMAT_INVALID', 'this is a message as base64 text, not as bytes', {
      hint: 'Decode the base64 first.',
    })
  }
  throw notAMessage()
}

function notAMessage(): FormatError {
  const message = 'this is not a message of a version known here'
  return new FormatError('ERR_FORMAT_VERSION', message)
}

// spec: M-4
function unknownSuite(reader: Reader): FormatError {
  const details = { offset: reader.at }
  return new FormatError('ERR_FORMAT_SUITE', 'the algorithm suite is not known', details)
}

function readSlots(reader: Reader, most: number): Slot[] {
  const count = reader.number(2)
  // spec: M-6
  if (count === 0) throw reader.invalid('the message has no slot')
  // spec: M-7
  if (count > most) {
    throw new MisuseError('ERR_LIMIT', 'too many slots', {
      hint: 'Raise `limits.slots` if the message is to be trusted.',
    })
  }
  return Array.from({ length: count }, () => readSlot(reader))
}

function readSlot(reader: Reader): Slot {
  const name = reader.prefixed()
  let provider: string
  try {
    provider = decoder.decode(name)
  } catch {
    // spec: M-8
    throw reader.invalid('a slot is malformed')
  }
  return { provider, info: reader.prefixed().slice(), ciphertext: reader.prefixed().slice() }
}

function readFrameLen(reader: Reader, most: number): number {
  const kind = reader.number(1)
  const frameLen = reader.number(4)
  // spec: M-9
  if (!(kind === SINGLE && frameLen === 0) && !(kind === FRAMED && frameLen > 0)) {
    throw reader.invalid('the content type and the frame length do not go together')
  }
  // spec: M-10
  if (frameLen > most) {
    throw new MisuseError('ERR_LIMIT', 'the frames are longer than allowed', {
      hint: 'Raise `limits.frameBytes` if the message is to be trusted.',
    })
  }
  return frameLen
}
