/**
 * Formats that are JSON, or JSON inside.
 *
 * @module
 */

import { isTsutsumiError } from '../errors.js'
import { decodeBase64url } from '../interop/base64url.js'
import { readJwe } from '../interop/jwe-header.js'
import { readS3Metadata } from '../interop/s3-metadata.js'
import { isPlainObject } from '../options.js'
import { Explainer, type Explanation, type Format, hex, run, Stopped } from './report.js'

type Json = Readonly<Record<string, unknown>>

const NOTHING = new Uint8Array(0)
const COMPACT = ['header', 'encrypted key', 'initialization vector', 'ciphertext', 'tag'] as const

/** Parses JSON; where it stops, as far as the platform says. */
export function parseJson(text: string, shift: number = 0): Json {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const said = /position (\d+)/.exec(error instanceof Error ? error.message : '')
    throw new Stopped('this is not JSON', Math.max(0, said === null ? 0 : Number(said[1]) + shift))
  }
  if (!isPlainObject(value)) throw new Stopped('this is JSON, but no object', 0)
  return value as Json
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')
}

interface MemberOptions {
  /** Where in the text the object begins. */
  readonly from?: number
  /** Members of which only the name is shown. */
  readonly secret?: ReadonlySet<string>
}

// The members of an object, each where its name stands in the text.
function members(
  explainer: Explainer,
  text: string,
  json: Json,
  { from = 0, secret }: MemberOptions = {},
): void {
  for (const [name, value] of Object.entries(json)) {
    const offset = Math.max(0, text.indexOf(JSON.stringify(name), from))
    const { length } = JSON.stringify(value)
    const shown = secret?.has(name) === true ? '(not shown)' : show(value)
    explainer.clauses.push({ name, offset, length, value: shown })
  }
}

function explain(format: Format, about: string, read: (explainer: Explainer) => void): Explanation {
  return run(format, about, new Explainer(NOTHING), (explainer) => {
    try {
      read(explainer)
    } catch (error) {
      if (!isTsutsumiError(error)) throw error
      throw new Stopped(error.message, 'offset' in error ? error.offset : 0)
    }
  })
}

/** Explains a JWE, compact or JSON. */
export function explainJwe(text: string): Explanation {
  return explain('jwe', 'JSON Web Encryption; it does not commit to its key', (explainer) => {
    if (text.trimStart().startsWith('{')) members(explainer, text, parseJson(text))
    else compactParts(explainer, text)
    const parts = readJwe(text)
    for (const { header } of parts.recipients) {
      for (const [name, value] of Object.entries(header)) explainer.fact(name, show(value))
    }
    explainer.fact('recipients', String(parts.recipients.length))
    explainer.fact('plaintext', `${parts.ciphertext.length} bytes`)
  })
}

function compactParts(explainer: Explainer, text: string): void {
  let offset = 0
  for (const [index, part] of text.split('.').entries()) {
    const name = COMPACT[index] ?? 'one part too many'
    const bytes = decodeBase64url(part, name, offset)
    const value = index === 0 ? new TextDecoder().decode(bytes) : hex(bytes)
    explainer.clauses.push({ name, offset, length: part.length, value })
    offset += part.length + 1
  }
}

const SLOT_MEMBERS = ['v', 'provider', 'rootKey', 'wrapped'] as const

/** Explains kept slots: a list of them, or one alone. */
export function explainSlot(text: string): Explanation {
  return explain('slot', 'slots: wrapped copies of one data key', (explainer) => {
    let from = 0
    for (const slot of listOf(text)) {
      members(explainer, text, slot, { from })
      for (const name of SLOT_MEMBERS) {
        if (slot[name] === undefined) throw new Stopped(`a slot has \`${name}\``, text.length)
      }
      for (const name of ['provider', 'rootKey', 'rootKeyVersion', 'created', 'fingerprint']) {
        if (slot[name] !== undefined) explainer.fact(name, show(slot[name]))
      }
      from = explainer.clauses.at(-1)?.offset ?? from
    }
  })
}

function listOf(text: string): Json[] {
  if (!text.trimStart().startsWith('[')) return [parseJson(text)]
  // Named, so that the parser that reads objects reads the list too.
  const { list } = parseJson(`{"list":${text}}`, -'{"list":'.length)
  return (list as unknown[]).map((slot) => {
    if (!isPlainObject(slot)) throw new Stopped('a slot is an object', 0)
    return slot as Json
  })
}

/** Explains the metadata of an object of the S3 Encryption Client. */
export function explainS3(text: string): Explanation {
  return explain('s3-metadata', 'metadata of the Amazon S3 Encryption Client', (explainer) => {
    const json = parseJson(text)
    members(explainer, text, json)
    const found = readS3Metadata(json)
    explainer.fact('version', String(found.version))
    explainer.fact('content', found.version === 3 ? 'AES-256-GCM, committing' : found.cipher)
    explainer.fact('wrapping', found.wrapping)
    for (const [key, value] of Object.entries(found.context)) {
      explainer.fact('context', `${key} = ${value}`)
    }
  })
}

/** Explains a keyset of Tink in the clear, without its keys. */
export function explainKeyset(text: string): Explanation {
  const about = 'a keyset of Tink, with its keys in the clear; seal it as a key table'
  return explain('keyset', about, (explainer) => {
    const json = parseJson(text)
    members(explainer, text, json, { secret: new Set(['key']) })
    const keys: unknown = json['key']
    if (!Array.isArray(keys)) throw new Stopped('a keyset has keys', 0)
    explainer.fact('keys', String(keys.length))
    for (const key of keys) {
      if (!isPlainObject(key)) throw new Stopped('a key is no object', 0)
      const { keyId, status, outputPrefixType } = key as Json
      explainer.fact('key', [keyId, status, outputPrefixType].map(show).join(', '))
    }
  })
}
