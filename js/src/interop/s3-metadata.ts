/**
 * The metadata that the S3 Encryption Client puts beside an object.
 *
 * @module
 */

import type { Context } from '../context.js'
import { FormatError, PolicyError } from '../errors.js'
import { isPlainObject } from '../options.js'
import { decodeBase64 } from './base64url.js'

/** What the metadata says. */
export interface S3Description {
  /** The version of the format. */
  readonly version: 2 | 3
  /** How the data key is wrapped, in the words of the client. */
  readonly wrapping: string
  /** What authenticates the content, in the words of the client. */
  readonly cipher: string
  readonly wrapped: Uint8Array<ArrayBuffer>
  readonly nonce: Uint8Array<ArrayBuffer>
  /** What is authenticated with the content. */
  readonly data: Uint8Array<ArrayBuffer>
  /** What the data key is bound to. */
  readonly context: Context
  readonly messageId?: Uint8Array<ArrayBuffer>
  readonly commitment?: Uint8Array<ArrayBuffer>
}

const CIPHER = 'AES/GCM/NoPadding'
const SUITE = '115'
const COMMITMENT_LEN = 28
const NONCE_LEN = 12
/** The short names of the third format. */
const WRAPPINGS: Readonly<Record<string, string>> = {
  '02': 'AES/GCM',
  '12': 'kms+context',
  '22': 'RSA-OAEP-SHA1',
}

type Entries = ReadonlyMap<string, string>

/**
 * Reads the metadata of an object.
 *
 * @throws {@link FormatError} `ERR_FORMAT_VERSION` if it is none of this client's;
 *   `ERR_FORMAT_INVALID` for entries that are missing or make no sense.
 * @throws {@link PolicyError} `ERR_POLICY_SUITE` for ciphers without authentication.
 */
export function readS3Metadata(metadata: Readonly<Record<string, unknown>>): S3Description {
  const entries = new Map<string, string>()
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw invalid(name)
    entries.set(name.toLowerCase().replace(/^x-amz-meta-/, ''), value)
  }
  const marks = ['x-amz-key', 'x-amz-key-v2', 'x-amz-c'].filter((name) => entries.has(name))
  if (marks.length > 1) throw invalid(marks[1] ?? '')
  if (marks[0] === 'x-amz-key-v2') return readV2(entries)
  if (marks[0] === 'x-amz-c') return readV3(entries)
  if (marks[0] === 'x-amz-key') {
    throw new PolicyError('ERR_POLICY_SUITE', 'the object is of format V1, which proves nothing')
  }
  throw new FormatError('ERR_FORMAT_VERSION', 'this is no metadata of the S3 Encryption Client')
}

function readV2(entries: Entries): S3Description {
  const cipher = text(entries, 'x-amz-cek-alg')
  if (cipher !== CIPHER) {
    throw new PolicyError('ERR_POLICY_SUITE', 'the content of the object is not authenticated')
  }
  if (text(entries, 'x-amz-tag-len') !== '128') throw invalid('x-amz-tag-len')
  return {
    version: 2,
    wrapping: text(entries, 'x-amz-wrap-alg'),
    cipher,
    wrapped: base64(entries, 'x-amz-key-v2'),
    nonce: base64(entries, 'x-amz-iv', NONCE_LEN),
    data: new Uint8Array(0),
    context: pairs(entries, 'x-amz-matdesc'),
  }
}

function readV3(entries: Entries): S3Description {
  if (text(entries, 'x-amz-c') !== SUITE) {
    throw new FormatError('ERR_FORMAT_SUITE', 'the algorithm suite is not known')
  }
  const wrapping = WRAPPINGS[text(entries, 'x-amz-w')]
  if (wrapping === undefined) throw invalid('x-amz-w')
  return {
    version: 3,
    wrapping,
    cipher: SUITE,
    wrapped: base64(entries, 'x-amz-3'),
    nonce: new Uint8Array(NONCE_LEN).fill(1),
    data: Uint8Array.of(0x00, 0x73),
    context: pairs(entries, wrapping === 'kms+context' ? 'x-amz-t' : 'x-amz-m'),
    messageId: base64(entries, 'x-amz-i', COMMITMENT_LEN),
    commitment: base64(entries, 'x-amz-d', COMMITMENT_LEN),
  }
}

function text(entries: Entries, name: string): string {
  const value = entries.get(name)
  if (value === undefined) throw invalid(name)
  return value
}

function base64(entries: Entries, name: string, length?: number): Uint8Array<ArrayBuffer> {
  const value = text(entries, name)
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
    throw invalid(name)
  }
  const bytes = decodeBase64(value)
  if (bytes.length === 0 || (length !== undefined && bytes.length !== length)) throw invalid(name)
  return bytes
}

function pairs(entries: Entries, name: string): Context {
  let value: unknown
  try {
    value = JSON.parse(entries.get(name) ?? '{}')
  } catch {
    throw invalid(name)
  }
  if (!isPlainObject(value)) throw invalid(name)
  const context = Object.create(null) as Record<string, string>
  for (const [key, pair] of Object.entries(value)) {
    if (typeof pair !== 'string') throw invalid(name)
    context[key] = pair
  }
  return context
}

function invalid(name: string): FormatError {
  const shown = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)
  return new FormatError('ERR_FORMAT_INVALID', `the metadata lacks \`${shown}\`, or it is wrong`)
}
