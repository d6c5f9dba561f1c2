/**
 * Messages of the AWS Encryption SDK, of both versions and every suite.
 *
 * @module
 */

import { SUITES } from '../core-tables.js'
import { Explainer, type Explanation, hex, run, textOrHex } from './report.js'
import { explainInfo, explainWrapped } from './slot-parts.js'

const FINAL = 0xffff_ffff
/** Frames that are listed; the rest is counted. */
const FRAMES_SHOWN = 8

/** Explains a message. */
export function explainMessage(bytes: Uint8Array): Explanation {
  const about = 'a message of the AWS Encryption SDK'
  return run('message', about, new Explainer(bytes), (explainer) => {
    const header = readHeader(explainer)
    readBody(explainer, header)
  })
}

interface Header {
  readonly framed: boolean
  readonly frameLength: number
  readonly signed: boolean
}

function readHeader(explainer: Explainer): Header {
  const version = explainer.number('version', 1)
  if (version !== 1 && version !== 2) explainer.stop(`there is no version ${version}`)
  if (version === 1 && explainer.take('type', 1)[0] !== 0x80)
    explainer.stop('there is no such type')
  const suite = explainer.number('algorithm suite', 2)
  const name = (SUITES as Readonly<Record<number, string>>)[suite]
  if (name === undefined) explainer.stop(`the suite 0x${suite.toString(16)} is not known`)
  const commits = suite === 0x0478 || suite === 0x0578
  if (commits !== (version === 2)) explainer.stop('the suite belongs to the other version')
  explainer.fact('suite', `0x${suite.toString(16).padStart(4, '0')}, ${name}`)
  explainer.fact('committing', commits ? 'yes' : 'no: it may open to two plaintexts')
  explainer.take('message id', version === 1 ? 16 : 32)
  readContext(explainer)
  readSlots(explainer)
  const type = explainer.number('content type', 1)
  if (type !== 1 && type !== 2) explainer.stop(`there is no content type ${type}`)
  if (version === 1) {
    if (explainer.number('reserved', 4) !== 0) explainer.stop('reserved bytes have to be zero')
    if (explainer.number('nonce length', 1) !== 12) explainer.stop('a nonce has 12 bytes')
  }
  const frameLength = explainer.number('frame length', 4)
  if ((type === 1) !== (frameLength === 0)) explainer.stop('it does not fit the content type')
  if (version === 1) explainer.take('header nonce', 12)
  else explainer.take('key commitment', 32)
  explainer.take('header tag', 16)
  explainer.fact('header', `${explainer.at} bytes`)
  return { framed: type === 2, frameLength, signed: name.includes('ECDSA') }
}

function readContext(explainer: Explainer): void {
  const length = explainer.number('context length', 2)
  if (length > explainer.left) {
    explainer.stop('the context is longer than what is there', explainer.bytes.length)
  }
  const end = explainer.at + length
  if (length === 0) return
  const count = explainer.number('context pair count', 2)
  const keys = new Set<string>()
  for (let pair = 0; pair < count; pair++) {
    const key = textOrHex(explainer.prefixed('context key', textOrHex))
    const value = textOrHex(explainer.prefixed('context value', textOrHex))
    if (explainer.at > end) explainer.stop('the pairs are longer than the context')
    if (keys.has(key)) explainer.stop('the key is there twice')
    keys.add(key)
    explainer.fact('context', `${key} = ${value}`)
    if (key === 'tsutsumi:type' && value === 'key-table') {
      explainer.fact('inside', 'a key table, as a keyset of Tink')
    }
  }
  if (count === 0 || explainer.at !== end) explainer.stop('the pairs do not come out even')
}

function readSlots(explainer: Explainer): void {
  const count = explainer.number('slot count', 2)
  if (count === 0) explainer.stop('a message has at least one slot')
  for (let slot = 0; slot < count; slot++) {
    const provider = textOrHex(explainer.prefixed('slot provider', textOrHex))
    const info = explainer.prefixed('slot info', explainInfo)
    const wrapped = explainer.prefixed('slot wrapped key', explainWrapped)
    explainer.fact('slot', `${provider}: ${explainInfo(info)}, ${wrapped.length} bytes wrapped`)
  }
}

function readBody(explainer: Explainer, { framed, frameLength, signed }: Header): void {
  let plaintext = 0
  if (framed) plaintext = readFrames(explainer, frameLength)
  else {
    explainer.take('nonce', 12)
    plaintext = explainer.number('length', 8)
    explainer.take('ciphertext', plaintext)
    explainer.take('tag', 16)
  }
  if (signed) explainer.prefixed('signature', hex)
  if (explainer.left > 0) explainer.stop('bytes follow the end of the message', explainer.at)
  explainer.fact('plaintext', `${plaintext} bytes`)
}

function readFrames(explainer: Explainer, frameLength: number): number {
  let plaintext = 0
  for (let sequence = 1; ; sequence++) {
    // Of a long message only the first frames and the last one are listed.
    const mark = explainer.clauses.length
    const first = explainer.number('sequence number', 4)
    const last = first === FINAL
    const found = last ? explainer.number('final sequence number', 4) : first
    if (found !== sequence) explainer.stop(`frame ${sequence} was to come`)
    explainer.take('nonce', 12)
    const length = last ? explainer.number('final length', 4) : frameLength
    if (length > frameLength) explainer.stop('it is longer than a frame')
    explainer.take('ciphertext', length)
    explainer.take('tag', 16)
    plaintext += length
    if (last) {
      explainer.fact('frames', `${sequence}, of ${frameLength} bytes but the last`)
      return plaintext
    }
    if (sequence > FRAMES_SHOWN) explainer.join('more frames', mark)
  }
}
