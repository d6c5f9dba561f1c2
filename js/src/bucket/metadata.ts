/**
 * What an object's metadata says: its slots, its context, its length.
 *
 * Nothing in it is secret, and nothing is believed: slots and context prove themselves when the
 * slots are opened, the length when the last chunk is.
 *
 * @module
 */

import { type Context, readContext } from '../context.js'
import { FormatError } from '../errors.js'
import { CHUNK_LEN, HEADER_LEN, sealedLength } from '../object/work.js'
import type { StoredSlot } from '../slot/stored.js'
import type { StoredHead } from './store.js'

/** Bytes of names and values that every store takes. */
export const METADATA_LEN_MAX = 2_048

const VERSION = 'tsutsumi-v'
const SLOTS = 'tsutsumi-slots'
const ELSEWHERE = 'tsutsumi-slots-at'
const CONTEXT = 'tsutsumi-context'
const TYPE = 'tsutsumi-type'
const LENGTH = 'tsutsumi-length'

/** What goes into the metadata. */
export interface Entry {
  /** The slots, or the name of the object that has them. */
  readonly slots: readonly StoredSlot[] | string
  /** The caller's pairs. */
  readonly context: Context
  readonly contentType: string | undefined
  /** Bytes of plaintext, where that was known beforehand. */
  readonly length: number | undefined
}

/** What the metadata of a stored object says. */
export interface Described extends Entry {
  /** Bytes of plaintext, by the length of the object. */
  readonly size: number
}

/** Writes metadata, all of it ASCII: that is what headers carry. */
export function writeMetadata(entry: Entry): Record<string, string> {
  const { slots, context, contentType, length } = entry
  const metadata: Record<string, string> = { [VERSION]: '1' }
  if (typeof slots === 'string') metadata[ELSEWHERE] = slots
  else metadata[SLOTS] = ascii(slots)
  if (Object.keys(context).length > 0) metadata[CONTEXT] = ascii(context)
  if (contentType !== undefined) metadata[TYPE] = ascii(contentType)
  if (length !== undefined) metadata[LENGTH] = String(length)
  return metadata
}

/** Bytes that a store counts. */
export function metadataLength(metadata: Readonly<Record<string, string>>): number {
  return Object.entries(metadata).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  )
}

/**
 * Reads the metadata of an object.
 *
 * @throws {@link FormatError} `ERR_FORMAT_INVALID` if it is not of an encrypted bucket, or makes no
 *   sense; `ERR_FORMAT_VERSION` for a later version; `ERR_FORMAT_TRUNCATED` if the object has not
 *   the length that goes with it.
 */
export function readMetadata(head: StoredHead): Described {
  const { metadata } = head
  const version = metadata[VERSION]
  if (version === undefined) {
    throw new FormatError('ERR_FORMAT_INVALID', 'the object has no slots in its metadata', {
      hint: 'It was not put through an encrypted bucket, or its metadata was lost.',
    })
  }
  if (version !== '1') {
    throw new FormatError('ERR_FORMAT_VERSION', 'the metadata is of another version')
  }
  const [here, elsewhere] = [metadata[SLOTS], metadata[ELSEWHERE]]
  if ((here === undefined) === (elsewhere === undefined)) throw invalid(SLOTS)
  const slots = here === undefined ? (elsewhere ?? '') : json(here, SLOTS)
  if (here !== undefined && !Array.isArray(slots)) throw invalid(SLOTS)
  const context = json(metadata[CONTEXT] ?? '{}', CONTEXT)
  const contentType = metadata[TYPE] === undefined ? undefined : json(metadata[TYPE], TYPE)
  if (contentType !== undefined && typeof contentType !== 'string') throw invalid(TYPE)
  const length = lengthOf(metadata[LENGTH])
  const size = plaintextLength(head.size)
  if (size === undefined || (length !== undefined && length !== size)) throw truncated(head.size)
  return {
    slots: slots as readonly StoredSlot[] | string,
    context: pairs(context),
    contentType,
    length,
    size,
  }
}

/** Bytes of plaintext in an object of some length; undefined if none has that length. */
export function plaintextLength(sealed: number): number | undefined {
  const body = sealed - HEADER_LEN
  const chunk = sealedLength(CHUNK_LEN) - sealedLength(0)
  const length = sealed - sealedLength(0) - Math.floor(body / chunk) * (chunk - CHUNK_LEN)
  return length >= 0 && sealedLength(length) === sealed ? length : undefined
}

function lengthOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text)) throw invalid(LENGTH)
  return Number(text)
}

function ascii(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function json(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(name)
  }
}

function pairs(value: unknown): Context {
  try {
    return readContext(value)
  } catch {
    throw invalid(CONTEXT)
  }
}

function invalid(name: string): FormatError {
  return new FormatError('ERR_FORMAT_INVALID', `the metadata lacks \`${name}\`, or it is wrong`)
}

/** The refusal of an object whose length cannot be. */
export function truncated(offset: number): FormatError {
  return new FormatError('ERR_FORMAT_TRUNCATED', 'no object ends here', { offset })
}
