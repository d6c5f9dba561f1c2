/**
 * The context: pairs of text that are stored with a message, in clear, and authenticated.
 *
 * @module
 */

import { concat, joinFields, splitFields } from './bytes.js'
import { MisuseError, PolicyError } from './errors.js'
import { isPlainObject, isWellFormed, kindOf, refuse } from './options.js'
import { Handle } from './wasm/handle.js'
import type { Instance } from './wasm/instance.js'
import { receive, send } from './wasm/memory.js'

/**
 * Pairs that say what a message is about, such as a tenant and a purpose.
 *
 * Not secret: they are readable in the message. Decrypting asks for the same pairs again, so that a
 * message of one tenant cannot be passed off as another's.
 */
export type Context = Readonly<Record<string, string>>

const encoder = new TextEncoder()
// The mark at the start of a text is part of it: a context that has one must come back with it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Checks a context and copies it.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything but text under text.
 */
export function readContext(value: unknown): Context {
  const copy = Object.create(null) as Record<string, string>
  if (value === undefined) return copy
  if (!isPlainObject(value)) refuse('context', `has to be a plain object, not ${kindOf(value)}`)
  for (const key of Reflect.ownKeys(value)) {
    if (typeof key === 'symbol') refuse('context', 'cannot have symbols for keys')
    if (!Object.prototype.propertyIsEnumerable.call(value, key)) continue
    const text: unknown = Reflect.get(value, key)
    if (typeof text !== 'string') {
      refuse('context', `has ${kindOf(text)} at \`${key}\`, where text is wanted`)
    }
    if (!isWellFormed(key) || !isWellFormed(text)) {
      refuse('context', `has a lone surrogate at \`${key.replace(/[\uD800-\uDFFF]/gu, '?')}\``)
    }
    copy[key] = text
  }
  return Object.freeze(copy)
}

/**
 * Hands a context to an instance.
 *
 * @throws {@link MisuseError} `ERR_LIMIT` when it is longer than 65,535 bytes.
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for keys that the format reserves.
 */
export function contextHandle(instance: Instance, context: Context): Handle {
  const pairs = concat(
    Object.entries(context).map(([key, value]) => {
      const [name, text] = [encoder.encode(key), encoder.encode(value)]
      if (name.length > 0xffff || text.length > 0xffff) {
        throw new MisuseError('ERR_LIMIT', 'the context is longer than 65,535 bytes')
      }
      return joinFields([name, text])
    }),
  )
  const id = instance.enter((core) => core.contextNew(send(core, pairs)))
  return new Handle(instance, 'context', id)
}

/** The context that a header holds. */
export function contextOfHeader(header: Handle): Context {
  const pairs = header.enter((core, id) => receive(core, core.headerContext(id)))
  const fields = splitFields(pairs, 2).map((field) => decoder.decode(field))
  const context = Object.create(null) as Record<string, string>
  for (let i = 0; i + 1 < fields.length; i += 2) context[fields[i] ?? ''] = fields[i + 1] ?? ''
  return Object.freeze(context)
}

/**
 * Compares the context of a message with the one asked for, before anything is asked of a key
 * service.
 *
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT`, naming the first key that differs.
 */
export function matchContext(header: Handle, stored: Context, wanted: Context): void {
  const handle = contextHandle(header.instance, wanted)
  try {
    header.enter((core, id) => core.headerMatch(id, handle.id))
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw new PolicyError('ERR_POLICY_CONTEXT', error.message, { hint: difference(stored, wanted) })
  } finally {
    handle.dispose()
  }
}

// Names only: what a message says about itself is not to be trusted yet, nor to be put in a log.
function difference(stored: Context, wanted: Context): string {
  for (const key of Object.keys(wanted)) {
    if (!(key in stored)) return `The message has no \`${key}\` in its context.`
    if (stored[key] !== wanted[key]) return `The message has another value at \`${key}\`.`
  }
  const extra = Object.keys(stored).length - Object.keys(wanted).length
  return extra === 1
    ? 'The message has one pair in its context that was not asked for.'
    : `The message has ${extra} pairs in its context that were not asked for.`
}
