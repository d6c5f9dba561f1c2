/**
 * Records, objects and envelopes: formats of which only lengths and little else can be seen.
 *
 * @module
 */

import { Explainer, type Explanation, run, textOrHex } from './report.js'
import { explainInfo, explainWrapped } from './slot-parts.js'

const CHUNK_LEN = 16_384
const TAG_LEN = 16
const CHUNKS_SHOWN = 4

/** Explains a record. */
export function explainRecord(bytes: Uint8Array): Explanation {
  const about = 'a record under a key table, in the framing of Tink'
  return run('record', about, new Explainer(bytes), (explainer) => {
    const version = explainer.number('prefix', 1)
    if (version !== 1 && version !== 0) explainer.stop('no record with a prefix begins so')
    const id = explainer.number('key id', 4)
    explainer.fact('key id', String(id))
    if (explainer.left < 24 + TAG_LEN) {
      explainer.stop('a record ends too early: nonce and tag take 40 bytes', bytes.length)
    }
    const value = explainer.left - 24 - TAG_LEN
    explainer.take('nonce', 24)
    explainer.take('ciphertext', value)
    explainer.take('tag', TAG_LEN)
    explainer.fact('value', `${value} bytes`)
    if (value >= 32) {
      explainer.fact('or', `a committing record of ${value - 32} bytes; the bytes do not say`)
    }
  })
}

/** Explains an object. */
export function explainObject(bytes: Uint8Array, length: number = bytes.length): Explanation {
  const about = 'an object: C2SP chunked encryption, Cobblestone-256; nothing in it says so'
  return run('object', about, new Explainer(bytes), (explainer) => {
    explainer.take('salt', 24)
    explainer.take('commitment', 32)
    const full = Math.floor((length - 56) / (CHUNK_LEN + TAG_LEN))
    const last = (length - 56) % (CHUNK_LEN + TAG_LEN)
    for (let chunk = 0; chunk < Math.min(full, CHUNKS_SHOWN); chunk++) {
      if (explainer.left < CHUNK_LEN + TAG_LEN) break
      explainer.take(`chunk ${chunk}`, CHUNK_LEN)
      explainer.take(`tag ${chunk}`, TAG_LEN)
    }
    if (last < TAG_LEN) explainer.stop('no chunk can end here', length)
    if (full <= CHUNKS_SHOWN && explainer.left >= last) {
      explainer.take(`chunk ${full}, the last`, last - TAG_LEN)
      explainer.take(`tag ${full}`, TAG_LEN)
    }
    explainer.fact('chunks', String(full + 1))
    explainer.fact('plaintext', `${full * CHUNK_LEN + last - TAG_LEN} bytes, if nothing is missing`)
    if (full === 0) explainer.fact('or', 'a committing record; the bytes do not say')
  })
}

/** Explains an envelope of Tink. */
export function explainEnvelope(bytes: Uint8Array): Explanation {
  const about = 'an envelope of Tink (KmsEnvelopeAead); it does not commit to its key'
  return run('tink-envelope', about, new Explainer(bytes), (explainer) => {
    const length = explainer.number('wrapped key length', 4)
    if (length === 0 || length > 4096) explainer.stop('no wrapped key has this length')
    if (!takeSlot(explainer, length)) {
      const wrapped = explainer.take('wrapped key', length)
      explainer.fact('wrapped key', explainWrapped(wrapped))
    }
    if (explainer.left < 12 + TAG_LEN) {
      explainer.stop('the envelope ends too early: nonce and tag take 28 bytes', bytes.length)
    }
    explainer.take('nonce', 12)
    const ciphertext = explainer.take('ciphertext', explainer.left - TAG_LEN)
    explainer.take('tag', TAG_LEN)
    explainer.fact('plaintext', `${ciphertext.length} bytes`)
  })
}

// Under a root key of ours the wrapped key is a slot: three fields that come out even.
function takeSlot(explainer: Explainer, length: number): boolean {
  const slot = new Explainer(explainer.bytes.subarray(explainer.at, explainer.at + length))
  try {
    const provider = slot.prefixed('slot provider', textOrHex)
    slot.prefixed('slot info', explainInfo)
    slot.prefixed('slot wrapped key', explainWrapped)
    if (slot.left > 0 || provider.length === 0) return false
    explainer.fact('slot', textOrHex(provider))
  } catch {
    return false
  }
  for (const clause of slot.clauses) {
    explainer.clauses.push({ ...clause, offset: explainer.at + clause.offset })
  }
  explainer.at += length
  return true
}

/** What a length and a beginning could be: whether an envelope's first fields fit. */
export function looksLikeEnvelope(bytes: Uint8Array): boolean {
  if (bytes.length < 4 + 30 + 28 || bytes[0] !== 0 || bytes[1] !== 0) return false
  const length = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
  return length >= 30 && length <= 4096 && bytes.length >= 4 + length + 28
}
