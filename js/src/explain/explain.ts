/**
 * Explaining bytes of any format that is known here, without any key.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { SUITES } from '../core-tables.js'
import { FormatError } from '../errors.js'
import { decodeBase64 } from '../interop/base64url.js'
import { readOptions, refuse } from '../options.js'
import { explainEnvelope, explainObject, explainRecord, looksLikeEnvelope } from './binary.js'
import { explainMessage } from './message.js'
import { type Explanation, FORMATS, type Format } from './report.js'
import { explainJwe, explainKeyset, explainS3, explainSlot } from './text.js'

/** Options of {@link explain}. */
export interface ExplainOptions {
  /** Which format it is, where the bytes do not say or say something else. */
  readonly as?: Format
  /** How long the whole is, where `data` is only its beginning. */
  readonly length?: number
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Explains what some bytes are, field by field: a message of any suite, a key table, a record, an
 * object, a slot, a JWE, an envelope of Tink, metadata of the S3 Encryption Client.
 *
 * No key is needed and nothing is checked: an attacker may have written all of it. Where the bytes
 * stop making sense, the explanation says so, with the offset.
 *
 * @param data - Bytes, or text in one of the formats that are text. Not modified, not retained.
 * @param options - Which format it is, if that has to be said.
 * @returns A report of plain values.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for what are no bytes, or a format that is not known.
 * @throws {@link FormatError} `ERR_FORMAT_VERSION` for bytes that look like none of the formats.
 * @example
 * const { format, facts, stop } = explain(bytes)
 */
export function explain(
  data: Uint8Array | ArrayBuffer | string,
  options?: ExplainOptions,
): Explanation {
  const given = typeof data === 'string' ? new TextEncoder().encode(data) : readBytes(data, 'data')
  const { as, length } = readOptions(options, 'options', ['as', 'length'])
  if (as !== undefined && !FORMATS.includes(as)) {
    refuse('as', 'is no format that is known', `Known are ${FORMATS.join(', ')}.`)
  }
  const text = textOf(given)
  const bytes = (text === undefined ? undefined : fromBase64(text, as)) ?? given
  const format = as ?? recognise(bytes, bytes === given ? text : undefined)
  if (format === undefined) {
    throw new FormatError('ERR_FORMAT_VERSION', 'this looks like no format that is known here', {
      hint: 'Say which one it is; an object cannot be told from random bytes by much.',
    })
  }
  return EXPLAIN[format](bytes, text ?? '', length)
}

type Explain = (bytes: Uint8Array, text: string, length: number | undefined) => Explanation

const EXPLAIN: Readonly<Record<Format, Explain>> = {
  message: (bytes) => explainMessage(bytes),
  record: (bytes) => explainRecord(bytes),
  object: (bytes, _text, length) => explainObject(bytes, length),
  slot: (_bytes, text) => explainSlot(text),
  jwe: (_bytes, text) => explainJwe(text),
  'tink-envelope': (bytes) => explainEnvelope(bytes),
  's3-metadata': (_bytes, text) => explainS3(text),
  keyset: (_bytes, text) => explainKeyset(text),
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes).trim()
  } catch {
    return undefined
  }
}

// Messages and records are also kept as text, whose beginning says which.
function fromBase64(text: string, as: Format | undefined): Uint8Array | undefined {
  const isText = /^[A-Za-z0-9+/_-]{16,}={0,2}$/.test(text)
  const begins = /^(Ag[R-V]|A[Q-Za-f])/.test(text)
  if (!isText || !(begins || as === 'message' || as === 'record')) return undefined
  try {
    return decodeBase64(text.replace(/-/g, '+').replace(/_/g, '/'))
  } catch {
    return undefined
  }
}

function recognise(bytes: Uint8Array, text: string | undefined): Format | undefined {
  if (text !== undefined && /^[{[]/.test(text)) return recogniseJson(text)
  if (text !== undefined && /^eyJ[\w-]*\./.test(text)) return 'jwe'
  const [first, second, third = 0, fourth = 0] = bytes
  if (first === 2 && (second === 4 || second === 5)) return 'message'
  // A record begins alike where its key number does; then it is unlike a suite, as good as always.
  if (first === 1 && second === 0x80 && ((third << 8) | fourth) in SUITES) return 'message'
  if (looksLikeEnvelope(bytes)) return 'tink-envelope'
  if (first === 1 && bytes.length >= 45) return 'record'
  if (bytes.length >= 72 && (bytes.length - 56) % 16_400 >= 16) return 'object'
  return undefined
}

function recogniseJson(text: string): Format | undefined {
  const has = (...names: readonly string[]): boolean =>
    names.some((name) => text.includes(`"${name}"`))
  if (has('ciphertext') && has('iv')) return 'jwe'
  if (has('wrapped') && has('provider')) return 'slot'
  if (/"(x-amz-meta-)?x-amz-(key|key-v2|c)"/i.test(text)) return 's3-metadata'
  return has('primaryKeyId') ? 'keyset' : undefined
}
