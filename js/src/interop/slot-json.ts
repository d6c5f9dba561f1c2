/**
 * The slots of a data key inside the header of a JWE.
 *
 * @module
 */

import { FormatError } from '../errors.js'
import { isPlainObject } from '../options.js'
import type { Slot } from '../root-key.js'
import { decodeBase64url, encodeBase64url } from './base64url.js'

/** The name of the header parameter: private, as RFC 7516 section 4.3 has it. */
export const SLOTS = 'tsutsumi.slots'

const SLOTS_MAX = 10

/** A slot as JSON. */
export interface SlotJson {
  readonly provider: string
  readonly info: string
  readonly wrapped: string
}

/** Writes slots. */
export function writeSlots(slots: readonly Slot[]): SlotJson[] {
  return slots.map(({ provider, info, ciphertext }) => ({
    provider,
    info: encodeBase64url(info),
    wrapped: encodeBase64url(ciphertext),
  }))
}

/**
 * Reads slots.
 *
 * @throws {@link FormatError} `ERR_FORMAT_INVALID` for anything but a short list of slots.
 */
export function readSlots(value: unknown): Slot[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > SLOTS_MAX) throw malformed()
  return value.map((slot: unknown) => {
    if (!isPlainObject(slot)) throw malformed()
    const { provider, info, wrapped } = slot as Partial<Record<keyof SlotJson, unknown>>
    if (typeof provider !== 'string' || typeof info !== 'string' || typeof wrapped !== 'string') {
      throw malformed()
    }
    return {
      provider,
      info: decodeBase64url(info, 'slot', 0),
      ciphertext: decodeBase64url(wrapped, 'slot', 0),
    }
  })
}

function malformed(): FormatError {
  return new FormatError('ERR_FORMAT_INVALID', `the parameter \`${SLOTS}\` is malformed`)
}
