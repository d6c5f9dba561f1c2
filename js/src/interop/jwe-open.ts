/**
 * Opening JSON Web Encryption.
 *
 * @module
 */

import { type Context, readContext } from '../context.js'
import type { DataKey } from '../data-key.js'
import { FormatError, OpenError, PolicyError } from '../errors.js'
import { readOptions, readSignal, readText, refuse } from '../options.js'
import type { RootKey } from '../root-key.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { decodeBase64url } from './base64url.js'
import { NONCE_LEN, open, TAG_LEN, unwrap } from './content.js'
import {
  checkHeader,
  type JweHeader,
  type JweParts,
  type Recipient,
  readJwe,
} from './jwe-header.js'
import { type Key, readKey, type Terms, unwrapOne } from './keys.js'
import type { SharedKey } from './shared-key.js'
import { readSlots, SLOTS } from './slot-json.js'

/** Options of {@link openJwe}: a key that is shared, or a root key. */
export interface OpenJweOptions {
  /** The key that the writer had. */
  readonly key?: SharedKey
  /** What it is used for; a JWE that says something else is refused. */
  readonly algorithm?: 'A256GCMKW' | 'dir'
  /** The root key that unwraps the data key. */
  readonly rootKey?: RootKey
  /** The context that was given to {@link sealJwe}. */
  readonly context?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What {@link openJwe} returns. */
export interface OpenedJwe {
  /** The plaintext, in an array of its own. */
  readonly plaintext: Uint8Array<ArrayBuffer>
  /** The header; what of it was not in the protected part is not authentic. */
  readonly header: JweHeader
}

const encoder = new TextEncoder()
const NOTHING = new Uint8Array(0)

/**
 * Opens a JWE, compact or JSON.
 *
 * Which algorithm the key is for is the caller's to say and never the header's: `alg` and `enc` are
 * an attacker's to choose.
 *
 * @param jwe - Its text, up to 12 MiB.
 * @param options - By which key.
 * @returns The plaintext and the header.
 * @throws {@link FormatError} `ERR_FORMAT_*` for what is no JWE, or has parameters like `crit`.
 * @throws {@link PolicyError} `ERR_POLICY_SUITE` for other algorithms than asked for;
 *   `ERR_POLICY_KEY` if its data key was wrapped by another root key.
 * @throws {@link OpenError} `ERR_OPEN_FAILED` if it was altered, or the key is another one.
 * @example
 * const { plaintext } = await openJwe(token, { key, algorithm: 'A256GCMKW' })
 * @see RFC 7516 section 5.2
 */
export async function openJwe(jwe: string, options: OpenJweOptions): Promise<OpenedJwe> {
  const names = ['key', 'algorithm', 'rootKey', 'context', 'signal'] as const
  const read = readOptions(options, 'options', names)
  const key = readKey(read)
  const algorithm = readAlgorithm(key, read.algorithm)
  const terms = { context: readContext(read.context), signal: readSignal(read.signal) }
  const parts = readJwe(readText(jwe, 'jwe'))
  if (parts.iv.length !== NONCE_LEN || parts.tag.length !== TAG_LEN) {
    throw new FormatError('ERR_FORMAT_INVALID', 'the JWE has a nonce or tag of another length')
  }
  const fitting = parts.recipients.filter(({ header }) => header['alg'] === algorithm)
  if (fitting.length === 0) {
    throw new PolicyError('ERR_POLICY_SUITE', `the JWE has no recipient by \`${algorithm}\``)
  }
  const formats = await loadFormats()
  let failure: unknown
  for (const recipient of fitting) {
    checkHeader(recipient.header)
    try {
      const plaintext = await openFor(formats, parts, recipient, key, algorithm, terms)
      return { plaintext, header: recipient.header }
    } catch (error) {
      // Another recipient may be the one; of several failures the first is told.
      if (!(error instanceof OpenError) && !(error instanceof PolicyError)) throw error
      failure ??= error
    }
  }
  throw failure
}

function readAlgorithm(key: Key, algorithm: unknown): 'A256GCMKW' | 'dir' {
  if (key.root !== undefined) {
    if (algorithm !== undefined) refuse('algorithm', 'is `dir` with a root key: leave it out')
    return 'dir'
  }
  if (algorithm !== 'A256GCMKW' && algorithm !== 'dir') {
    refuse('algorithm', "has to be 'A256GCMKW' or 'dir'")
  }
  return algorithm
}

async function openFor(
  formats: Instance<FormatsGlue>,
  parts: JweParts,
  { header, encryptedKey }: Recipient,
  key: Key,
  algorithm: 'A256GCMKW' | 'dir',
  terms: Terms,
): Promise<Uint8Array<ArrayBuffer>> {
  const aad = parts.aadText === undefined ? '' : `.${parts.aadText}`
  const data = encoder.encode(parts.protectedText + aad)
  const read = (by: DataKey | Handle<FormatsGlue>): Uint8Array<ArrayBuffer> =>
    open(formats, by, parts.iv, data, parts.ciphertext, parts.tag)
  if (algorithm === 'dir' && encryptedKey.length > 0) {
    throw new FormatError('ERR_FORMAT_INVALID', 'the JWE has an encrypted key, and `dir` has none')
  }
  if (key.shared !== undefined && algorithm === 'dir') return read(key.shared)
  const dataKey =
    key.root === undefined
      ? unwrapShared(formats, key.shared, header, encryptedKey)
      : await unwrapOne(readSlots(header[SLOTS]), key.root, terms)
  try {
    return read(dataKey)
  } finally {
    dataKey.dispose()
  }
}

function unwrapShared(
  formats: Instance<FormatsGlue>,
  shared: Handle<FormatsGlue>,
  header: JweHeader,
  encryptedKey: Uint8Array,
): DataKey {
  const { iv, tag } = header
  if (typeof iv !== 'string' || typeof tag !== 'string') {
    throw new FormatError('ERR_FORMAT_INVALID', 'the JWE lacks `iv` or `tag` of its key')
  }
  const [nonce, mark] = [decodeBase64url(iv, 'iv', 0), decodeBase64url(tag, 'tag', 0)]
  if (nonce.length !== NONCE_LEN || mark.length !== TAG_LEN) {
    throw new FormatError('ERR_FORMAT_INVALID', 'the JWE has a nonce or tag of another length')
  }
  return unwrap(formats, shared, nonce, NOTHING, NOTHING, encryptedKey, mark)
}
