/**
 * The writing side of a message, over the platform's cipher.
 *
 * @module
 */

import { concat } from '../bytes.js'
import type { SealBounds } from '../message/seal.js'
import { wrapAll } from '../message/wrap.js'
import { type Context, joined } from '../pairs.js'
import { encodeContext } from './context.js'
import { sealFrame, u32 } from './frame.js'
import { MESSAGE_ID_LEN, SUITE } from './header.js'
import { derive, forDeriving, gcm, makeDataKey } from './keys.js'
import type { RootKey } from './root-key.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Plaintext bytes in every frame but the last. */
export const FRAME_LEN = 65_536
/** Frames that are sealed at the same time. */
const AT_ONCE = 16

/** Who may open a message, and what it is bound to. */
export interface SealTerms extends SealBounds {
  readonly rootKeys: readonly RootKey[]
  readonly context: Context
  readonly requiredContext: Context
}

/** A message begun: takes plaintext in pieces. */
export class Sealer {
  readonly header: Bytes
  readonly #key: CryptoKey
  readonly #messageId: Bytes
  #pending: Bytes = new Uint8Array(0)
  #sequence = 1

  constructor(header: Bytes, key: CryptoKey, messageId: Bytes) {
    this.header = header
    this.#key = key
    this.#messageId = messageId
  }

  /** Seals all full frames but one that may be the last; the rest waits. */
  async push(piece: Bytes): Promise<Bytes> {
    const whole = this.#pending.length === 0 ? piece : concat([this.#pending, piece])
    const frames: Bytes[] = []
    let jobs: Promise<Bytes>[] = []
    let at = 0
    // spec: M-22
    for (; whole.length - at > FRAME_LEN; at += FRAME_LEN) {
      jobs.push(this.#seal('regular', whole.subarray(at, at + FRAME_LEN)))
      if (jobs.length < AT_ONCE) continue
      frames.push(...(await Promise.all(jobs)))
      jobs = []
    }
    frames.push(...(await Promise.all(jobs)))
    this.#pending.fill(0)
    this.#pending = whole.slice(at)
    return concat(frames)
  }

  /** Seals the final frame. */
  end(): Promise<Bytes> {
    return this.#seal('final', this.#pending)
  }

  /** Overwrites the plaintext that waits. */
  dispose(): void {
    this.#pending.fill(0)
  }

  #seal(kind: 'regular' | 'final', plaintext: Bytes): Promise<Bytes> {
    return sealFrame(this.#key, this.#messageId, kind, this.#sequence++, plaintext)
  }
}

/** Makes a data key, has every root key wrap it, and begins a message. */
export async function beginSealing(terms: SealTerms): Promise<Sealer> {
  const { rootKeys, signal, plaintextBytes } = terms
  signal?.throwIfAborted()
  const context = joined(terms.context, terms.requiredContext)
  encodeContext(context, 'caller')
  const stored = encodeContext(terms.context, 'caller')
  const unstored = encodeContext(terms.requiredContext, 'caller')
  const dataKey = await makeDataKey()
  const slots = await wrapAll(rootKeys, dataKey, {
    ...{ context, suite: SUITE, commitment: 'required' },
    ...(plaintextBytes === undefined ? {} : { plaintextBytes }),
    ...(signal === undefined ? {} : { signal }),
  })
  // spec: M-5
  const messageId = crypto.getRandomValues(new Uint8Array(MESSAGE_ID_LEN))
  const { frames, commitment } = await derive(await forDeriving(dataKey), messageId, 'encrypt')
  const start = concat([
    ...[Uint8Array.of(2, SUITE >> 8, SUITE & 0xff), messageId],
    ...[Uint8Array.of(stored.length >> 8, stored.length & 0xff), stored],
    ...[Uint8Array.of(0, rootKeys.length), slots],
    ...[Uint8Array.of(2), u32(FRAME_LEN), commitment],
  ])
  const how = gcm(new Uint8Array(12), concat([start, unstored]))
  const tag = await crypto.subtle.encrypt(how, frames, new Uint8Array(0))
  return new Sealer(concat([start, new Uint8Array(tag)]), frames, messageId)
}
