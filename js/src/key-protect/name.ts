/**
 * What a root key of Key Protect is called.
 *
 * @module
 */

import { MisuseError } from '../errors.js'
import { nonsense } from '../http/refusal.js'
import { readText, refuse } from '../options.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Its id, and its full name. */
export interface Name {
  readonly id: string
  readonly crn: string
}

/** Reads the id of a key out of its CRN; undefined for what is no CRN. */
export function nameFromCrn(text: string, instance: string): Name | undefined {
  if (!text.startsWith('crn:')) return undefined
  const parts = text.split(':')
  const id = parts[9]
  if (parts.length !== 10 || parts[4] !== 'kms' || parts[8] !== 'key' || !id) {
    refuse('id', 'is a CRN, but not that of a key', 'It has ten parts: `crn:v1:…:kms:…:key:<id>`.')
  }
  if (parts[7]?.toLowerCase() !== instance.toLowerCase()) {
    refuse('id', 'is the CRN of a key in another instance', 'Make a client for that instance.')
  }
  return { id, crn: text }
}

/**
 * Checks what the service says a key is called.
 *
 * The CRN goes into messages and decides what is opened: one that cannot be right is not taken.
 *
 * @throws {@link KmsError} `ERR_KMS_PROTOCOL` for the name of something else.
 */
export function checkName(name: Name, asked: string, instance: string): Name {
  const parts = name.crn.split(':')
  const fits = parts.length === 10 && parts[7]?.toLowerCase() === instance.toLowerCase()
  const other = UUID.test(asked) && asked.toLowerCase() !== name.id.toLowerCase()
  if (fits && parts[9] === name.id && !other) return name
  throw nonsense('a request for a key with another key', {})
}

/** Checks the id, alias or CRN of a key. */
export function readKeyId(value: unknown): string {
  const text = readText(value, 'id')
  if (text.startsWith('crn:') || /^[A-Za-z0-9_-]{2,90}$/.test(text)) return text
  throw new MisuseError('ERR_ARGUMENT', '`id` has to be the id, an alias or the CRN of a key', {
    argument: 'id',
  })
}
