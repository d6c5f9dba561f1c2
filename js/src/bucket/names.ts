/**
 * The names that an encrypted bucket keeps for itself, and those that it takes.
 *
 * @module
 */

import type { Context } from '../context.js'
import { MisuseError } from '../errors.js'
import { readText, refuse } from '../options.js'

/** Under which the bucket keeps what is not a caller's. */
export const OWN_PREFIX = '.tsutsumi/'

/** What the bucket says about itself. */
export const CONFIG_KEY: string = `${OWN_PREFIX}bucket.json`

/** Under which slots lie that are too long for the metadata of their object. */
export const SLOTS_PREFIX: string = `${OWN_PREFIX}slots/`

/** UTF-8 bytes that every store takes as a key. */
const KEY_LEN_MAX = 1_024

const encoder = new TextEncoder()

/** Checks the key of an object. */
export function readKey(value: unknown, argument = 'key'): string {
  const key = readText(value, argument)
  if (encoder.encode(key).length > KEY_LEN_MAX) {
    throw new MisuseError('ERR_LIMIT', `\`${argument}\` is longer than ${KEY_LEN_MAX} bytes`, {
      argument,
    })
  }
  // Clients of HTTP resolve such segments, and so would ask for another object.
  if (key.split('/').some((part) => part === '.' || part === '..')) {
    refuse(argument, 'cannot have `.` or `..` between slashes')
  }
  if (key.startsWith(OWN_PREFIX)) refuse(argument, `cannot begin with \`${OWN_PREFIX}\``)
  return key
}

/** Checks the name of a bucket. */
export function readName(value: unknown): string {
  const name = readText(value, 'name')
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) {
    refuse('name', 'has to be 3 to 63 lower-case letters, digits, dots and hyphens')
  }
  return name
}

const RESERVED = 'tsutsumi:'

/** Checks a caller's context: the pairs of the bucket's own are not a caller's to give. */
export function checkPairs(context: Context): Context {
  for (const key of Object.keys(context)) {
    if (key.startsWith(RESERVED))
      refuse('context', `cannot have keys that begin with \`${RESERVED}\``)
  }
  return context
}

/** What the slots of an object are bound to. */
export interface Place {
  readonly bucket: string
  readonly key: string
  readonly contentType: string | undefined
  /** The caller's pairs. */
  readonly context: Context
}

/** The pairs that say which object this is: of another, no slot opens. */
export function boundTo({ bucket, key, contentType, context }: Place): Context {
  return {
    ...context,
    [`${RESERVED}bucket`]: bucket,
    [`${RESERVED}key`]: key,
    ...(contentType === undefined ? {} : { [`${RESERVED}content-type`]: contentType }),
  }
}
