/**
 * JSON Web Encryption as text: its parts and its headers (RFC 7516).
 *
 * @module
 */

import { FormatError, MisuseError, PolicyError } from '../errors.js'
import { isPlainObject } from '../options.js'
import { decodeBase64url } from './base64url.js'

/** The parameters of a header. */
export type JweHeader = Readonly<Record<string, unknown>>

/** One who can open it, with all that his header says. */
export interface Recipient {
  readonly header: JweHeader
  readonly encryptedKey: Uint8Array<ArrayBuffer>
}

/** A JWE taken to pieces; nothing of it is checked but its form. */
export interface JweParts {
  /** The protected header as it stands there, which is what is authenticated. */
  readonly protectedText: string
  readonly recipients: readonly Recipient[]
  readonly iv: Uint8Array<ArrayBuffer>
  readonly ciphertext: Uint8Array<ArrayBuffer>
  readonly tag: Uint8Array<ArrayBuffer>
  /** What is authenticated besides, as it stands there; only in JSON. */
  readonly aadText: string | undefined
}

const TEXT_LEN_MAX = 12 << 20
const RECIPIENTS_MAX = 10
const PARTS = ['header', 'encrypted key', 'initialization vector', 'ciphertext', 'tag'] as const

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * Takes a JWE to pieces: compact, or JSON in its general or flattened form.
 *
 * @throws {@link FormatError} `ERR_FORMAT_*` at the character where it stops making sense.
 * @throws {@link MisuseError} `ERR_LIMIT` for more than is held at once.
 */
export function readJwe(text: string): JweParts {
  if (text.length > TEXT_LEN_MAX) {
    throw new MisuseError('ERR_LIMIT', 'the input is too long for one call')
  }
  return text.trimStart().startsWith('{') ? readJson(text) : readCompact(text)
}

function readCompact(text: string): JweParts {
  const parts = text.split('.')
  if (parts.length !== PARTS.length) {
    const code = parts.length < PARTS.length ? 'ERR_FORMAT_TRUNCATED' : 'ERR_FORMAT_INVALID'
    const rule = `a compact JWE has five parts, not ${parts.length}`
    throw new FormatError(code, rule, { offset: text.length })
  }
  let offset = 0
  const decoded = parts.map((part, index) => {
    const bytes = decodeBase64url(part, PARTS[index] ?? '', offset)
    offset += part.length + 1
    return bytes
  })
  const [header, encryptedKey, iv, ciphertext, tag] = decoded as [
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
  ]
  const recipients = [{ header: parseHeader(header), encryptedKey }]
  return { protectedText: parts[0] ?? '', recipients, iv, ciphertext, tag, aadText: undefined }
}

function readJson(text: string): JweParts {
  const json = parseObject(text)
  const field = (name: string): Uint8Array<ArrayBuffer> => {
    const value = json[name]
    if (typeof value !== 'string') throw invalid(`has no text at \`${name}\``)
    return decodeBase64url(value, name, 0)
  }
  const { protected: given, aad, recipients: list } = json
  const protectedText = given === undefined ? '' : given
  if (typeof protectedText !== 'string') throw invalid('has no text at `protected`')
  if (aad !== undefined && typeof aad !== 'string') throw invalid('has no text at `aad`')
  if (aad !== undefined) decodeBase64url(aad, 'aad', 0)
  const shared =
    protectedText === '' ? {} : parseHeader(decodeBase64url(protectedText, 'header', 0))
  const members: unknown = list ?? [
    { header: json['header'], encrypted_key: json['encrypted_key'] },
  ]
  if (!Array.isArray(members) || members.length === 0) throw invalid('has no recipients')
  if (members.length > RECIPIENTS_MAX) {
    throw new MisuseError('ERR_LIMIT', 'the JWE has more than 10 recipients')
  }
  return {
    protectedText,
    recipients: members.map((member) => readRecipient(member, shared, json['unprotected'])),
    iv: field('iv'),
    ciphertext: field('ciphertext'),
    tag: field('tag'),
    aadText: aad,
  }
}

function readRecipient(member: unknown, shared: JweHeader, unprotected: unknown): Recipient {
  if (!isPlainObject(member)) throw invalid('has a recipient that is no object')
  const { header, encrypted_key } = member as Record<string, unknown>
  const merged = Object.create(null) as Record<string, unknown>
  for (const part of [shared, unprotected ?? {}, header ?? {}]) {
    if (!isPlainObject(part)) throw invalid('has a header that is no object')
    for (const [name, value] of Object.entries(part)) {
      if (name in merged) throw invalid('says a parameter twice')
      merged[name] = value
    }
  }
  if (encrypted_key !== undefined && typeof encrypted_key !== 'string') {
    throw invalid('has no text at `encrypted_key`')
  }
  return {
    header: merged,
    encryptedKey: decodeBase64url(encrypted_key ?? '', 'encrypted key', 0),
  }
}

function parseHeader(bytes: Uint8Array): JweHeader {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    throw invalid('has a header that is not UTF-8')
  }
  return parseObject(text)
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('holds something that is not JSON')
  }
  if (!isPlainObject(value)) throw invalid('has a header that is no object')
  return Object.assign(Object.create(null) as Record<string, unknown>, value)
}

function invalid(rule: string): FormatError {
  return new FormatError('ERR_FORMAT_INVALID', `the JWE ${rule}`)
}

/**
 * Checks what a header asks for: AES-256-GCM, and nothing that is not understood.
 *
 * @throws {@link PolicyError} `ERR_POLICY_SUITE` for another cipher, `FormatError`
 *   `ERR_FORMAT_SUITE` for parameters that change the meaning.
 */
export function checkHeader(header: JweHeader): void {
  if (header['enc'] !== 'A256GCM') {
    throw new PolicyError('ERR_POLICY_SUITE', 'the content of the JWE is not under A256GCM')
  }
  if ('crit' in header || 'zip' in header) {
    throw new FormatError('ERR_FORMAT_SUITE', 'the JWE has parameters that are not understood here')
  }
}
