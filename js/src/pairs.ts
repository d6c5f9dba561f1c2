/**
 * The pairs of a context, as plain values: nothing here needs a module.
 *
 * @module
 */

import { PolicyError } from './errors.js'
import { isPlainObject, isWellFormed, kindOf, refuse } from './options.js'

/**
 * Pairs that say what a message is about, such as a tenant and a purpose.
 *
 * Not secret: they are readable in the message. Decrypting asks for the same pairs again, so that a
 * message of one tenant cannot be passed off as another's.
 */
export type Context = Readonly<Record<string, string>>

/**
 * Checks a context and copies it.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything but text under text.
 */
export function readContext(value: unknown, argument = 'context'): Context {
  const copy = Object.create(null) as Record<string, string>
  if (value === undefined) return copy
  if (!isPlainObject(value)) refuse(argument, `has to be a plain object, not ${kindOf(value)}`)
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'symbol') refuse(argument, 'cannot have symbols for keys')
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue
    const text: unknown = Reflect.get(value, key)
    if (typeof text !== 'string') {
      refuse(argument, `has ${kindOf(text)} at \`${key}\`, where text is wanted`)
    }
    if (!isWellFormed(key) || !isWellFormed(text)) {
      refuse(argument, `has a lone surrogate at \`${key.replace(/[\uD800-\uDFFF]/gu, '?')}\``)
    }
    copy[key] = text
  }
  return Object.freeze(copy)
}

/** The pair that the format itself adds to signed messages. */
export const PUBLIC_KEY = 'aws-crypto-public-key'

/** The pairs without the one that the format itself adds to signed messages. */
export function own(stored: Context): Context {
  if (stored[PUBLIC_KEY] === undefined) return stored
  const { [PUBLIC_KEY]: _, ...rest } = stored
  return Object.freeze(Object.setPrototypeOf(rest, null) as Context)
}

/**
 * The pairs that were authenticated with a message but are not stored in it.
 *
 * @param required - Those that the caller gave; one that is stored all the same has to be equal.
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` where it is not.
 */
export function unstoredOf(stored: Context, required: Context): Context {
  const unstored = Object.create(null) as Record<string, string>
  for (const [key, value] of Object.entries(required)) {
    if (stored[key] === undefined) unstored[key] = value
    else if (stored[key] !== value) {
      throw new PolicyError('ERR_POLICY_CONTEXT', 'a required pair of the context is another one', {
        hint: `The message has another value at \`${key}\`.`,
      })
    }
  }
  return unstored
}

/**
 * Pairs that are stored and pairs that are not, as one.
 *
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for a key that is in both.
 */
export function joined(context: Context, required: Context): Context {
  const keys = Object.keys(required)
  if (keys.length === 0) return context
  for (const key of keys) {
    if (context[key] !== undefined) {
      throw new PolicyError('ERR_POLICY_CONTEXT', 'a context key is given twice', {
        hint: `\`${key}\` is in \`context\` and in \`requiredContext\`.`,
      })
    }
  }
  return Object.assign(Object.create(null) as object, context, required)
}

/**
 * What differs, for an error.
 *
 * Names only: what a message says about itself is not to be trusted yet, nor to be put in a log.
 */
export function difference(stored: Context, wanted: Context): string {
  for (const key of Object.keys(wanted)) {
    if (!(key in stored)) return `The message has no \`${key}\` in its context.`
    if (stored[key] !== wanted[key]) return `The message has another value at \`${key}\`.`
  }
  const extra = Object.keys(stored).length - Object.keys(wanted).length
  return extra === 1
    ? 'The message has one pair in its context that was not asked for.'
    : `The message has ${extra} pairs in its context that were not asked for.`
}
