/**
 * The reading side of a message, over the platform's cipher.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { FormatError, MisuseError } from '../errors.js'
import type { Limits } from '../message/limits.js'
import { unwrapAny } from '../message/unwrap.js'
import { type Context, joined, own, unstoredOf } from '../pairs.js'
import { encodeContext, sameContext } from './context.js'
import { FINAL_MARK, frameAad, type Kind, NONCE_LEN } from './frame.js'
import { type Header, SUITE, TAG_LEN } from './header.js'
import { authenticate, decrypt, gcm, readUnwrapped } from './keys.js'
import type { RootKey } from './root-key.js'

type Bytes = Uint8Array<ArrayBuffer>

const EMPTY = new Uint8Array(0)
/** Frames that are opened at the same time. */
const AT_ONCE = 16

/** Who may open a message, and under which context. */
export interface OpenTerms {
  readonly rootKeys: readonly RootKey[]
  readonly context: Context | 'unchecked'
  readonly requiredContext: Context
  readonly limits: Required<Limits>
  readonly signal: AbortSignal | undefined
}

/** A message whose header is authentic, and what opens the rest. */
export interface Opening {
  readonly context: Context
  readonly opener: Opener
}

/** A whole frame as it lies in the message, and where its parts are. */
interface Unit {
  readonly kind: Kind
  /** Bytes before the nonce, and between it and the ciphertext. */
  readonly before: number
  readonly between: number
}

const UNITS: Readonly<Record<Kind, Unit>> = {
  regular: { kind: 'regular', before: 4, between: 0 },
  final: { kind: 'final', before: 8, between: 4 },
  single: { kind: 'single', before: 0, between: 8 },
}

/** Frames in, plaintext out, each byte after its own tag has been checked. */
export class Opener {
  readonly #key: CryptoKey
  readonly #header: Header
  readonly #limit: number
  #pending: Bytes = EMPTY
  #position: number
  #sequence = 1
  #done = false

  constructor(key: CryptoKey, header: Header, limit: number) {
    this.#key = key
    this.#header = header
    this.#limit = limit
    this.#position = header.bytes.length
  }

  /** Opens the frames that are complete by now. */
  async push(piece: Bytes): Promise<Bytes> {
    const whole = this.#pending.length === 0 ? piece : concat([this.#pending, piece])
    const opened: Bytes[] = []
    try {
      let at = 0
      for (let jobs: Promise<Bytes>[] = []; ; jobs = []) {
        let fault: unknown
        try {
          while (jobs.length < AT_ONCE) {
            const length = this.#next(whole.subarray(at))
            if (length === undefined) break
            jobs.push(this.#open(whole.subarray(at, at + length)))
            at += length
          }
        } catch (error) {
          fault = error
        }
        // What comes first in the message is what is reported.
        opened.push(...(await Promise.all(jobs)))
        if (fault !== undefined) throw fault
        if (jobs.length < AT_ONCE) break
      }
      this.#pending = whole.slice(at)
      return concat(opened)
    } finally {
      for (const plaintext of opened) plaintext.fill(0)
    }
  }

  /** Checks that the final frame was seen. */
  end(): void {
    if (this.#done) return
    // spec: M-28
    throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends before its final frame', {
      offset: this.#position + this.#pending.length,
      hint: 'What was read so far is authentic, but not the whole.',
    })
  }

  /** The length of the next frame, once it is all there. */
  #next(left: Bytes): number | undefined {
    if (this.#done) {
      if (left.length === 0) return undefined
      // spec: M-26
      throw this.#invalid('there are bytes after the end of the message')
    }
    const length = this.#header.frameLen === 0 ? this.#single(left) : this.#frame(left)
    return length === undefined || length > left.length ? undefined : length
  }

  #single(left: Bytes): number | undefined {
    if (left.length < NONCE_LEN + 8) return undefined
    const length = Number(viewOf(left).getBigUint64(NONCE_LEN))
    // spec: M-29
    if (length > this.#limit) {
      throw new MisuseError('ERR_LIMIT', 'the frames are longer than allowed', {
        hint: 'Raise `limits.frameBytes` if the message is to be trusted.',
      })
    }
    return NONCE_LEN + 8 + length + TAG_LEN
  }

  #frame(left: Bytes): number | undefined {
    if (left.length < 4) return undefined
    const data = viewOf(left)
    const { frameLen } = this.#header
    const mark = data.getUint32(0)
    if (mark !== FINAL_MARK) {
      this.#expect(mark)
      return 4 + NONCE_LEN + frameLen + TAG_LEN
    }
    if (left.length < 8) return undefined
    this.#expect(data.getUint32(4))
    if (left.length < 12 + NONCE_LEN) return undefined
    const length = data.getUint32(8 + NONCE_LEN)
    // spec: M-25
    if (length > frameLen) throw this.#invalid('the final frame is longer than the others')
    // spec: M-23
    return 12 + NONCE_LEN + length + TAG_LEN
  }

  // spec: M-24
  #expect(sequence: number): void {
    if (sequence !== this.#sequence) throw this.#invalid('a frame is out of order')
  }

  #invalid(message: string): FormatError {
    return new FormatError('ERR_FORMAT_INVALID', message, { offset: this.#position })
  }

  #open(bytes: Bytes): Promise<Bytes> {
    const { frameLen, messageId } = this.#header
    const framed = viewOf(bytes).getUint32(0) === FINAL_MARK ? 'final' : 'regular'
    const { kind, before, between } = UNITS[frameLen === 0 ? 'single' : framed]
    const from = before + NONCE_LEN + between
    // spec: M-21
    const nonce = bytes.subarray(before, before + NONCE_LEN)
    const aad = frameAad(messageId, kind, this.#sequence, bytes.length - from - TAG_LEN)
    this.#position += bytes.length
    this.#sequence += 1
    this.#done = kind !== 'regular'
    // spec: M-27
    return decrypt(this.#key, gcm(nonce, aad), bytes.subarray(from))
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Compares the context, finds the root key that opens a slot, and checks the header under it. */
export async function beginOpening(header: Header, terms: OpenTerms): Promise<Opening> {
  const { rootKeys, limits, signal } = terms
  signal?.throwIfAborted()
  const stored = header.context
  if (terms.context !== 'unchecked') sameContext(stored, terms.context)
  const unstored = unstoredOf(stored, terms.requiredContext)
  const context = joined(stored, unstored)
  const bound = { context, suite: SUITE, commitment: 'required' }
  const options = signal === undefined ? bound : { ...bound, signal }
  const dataKey = await unwrapAny(rootKeys, header.slots, options, () => {})
  const missing = encodeContext(unstored, 'caller')
  const key = await authenticate(readUnwrapped(dataKey), header, missing)
  return { context: own(stored), opener: new Opener(key, header, limits.frameBytes) }
}
