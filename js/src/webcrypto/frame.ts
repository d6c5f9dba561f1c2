/**
 * Frames: how they are cut, what is authenticated with them, and their sealing.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { MisuseError } from '../errors.js'
import { gcm } from './keys.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Bytes of a nonce. */
export const NONCE_LEN = 12
/** What stands for the sequence number where the final frame begins; so no frame has it. */
export const FINAL_MARK = 0xffff_ffff

const LABELS = {
  regular: 'AWSKMSEncryptionClient Frame',
  final: 'AWSKMSEncryptionClient Final Frame',
  single: 'AWSKMSEncryptionClient Single Block',
} as const

/** Which of the three a piece of the body is. */
export type Kind = keyof typeof LABELS

/** A number in four bytes. */
export function u32(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** What is authenticated with a piece of the body. */
export function frameAad(messageId: Bytes, kind: Kind, sequence: number, length: number): Bytes {
  const size = new Uint8Array(8)
  new DataView(size.buffer).setBigUint64(0, BigInt(length))
  return concat([messageId, new TextEncoder().encode(LABELS[kind]), u32(sequence), size])
}

/** Seals one frame. */
export async function sealFrame(
  key: CryptoKey,
  messageId: Bytes,
  kind: 'regular' | 'final',
  sequence: number,
  plaintext: Bytes,
): Promise<Bytes> {
  if (sequence >= FINAL_MARK) {
    throw new MisuseError('ERR_LIMIT', 'the message is too long for its frame length')
  }
  // spec: M-20
  const nonce = new Uint8Array(NONCE_LEN)
  nonce.set(u32(sequence), NONCE_LEN - 4)
  const aad = frameAad(messageId, kind, sequence, plaintext.length)
  const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(nonce, aad), key, plaintext))
  const start = [u32(sequence), nonce]
  const parts = kind === 'regular' ? start : [u32(FINAL_MARK), ...start, u32(plaintext.length)]
  return concat([...parts, sealed])
}
