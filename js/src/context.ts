/**
 * The context: pairs of text that are stored with a message, in clear, and authenticated.
 *
 * @module
 */

import { concat, joinFields, splitFields } from './bytes.js'
import { MisuseError, PolicyError } from './errors.js'
import { type Context, difference, own } from './pairs.js'
import { Handle } from './wasm/handle.js'
import type { Instance } from './wasm/instance.js'
import { receive, send } from './wasm/memory.js'

export { type Context, joined, own, readContext, unstoredOf } from './pairs.js'

const encoder = new TextEncoder()
// The mark at the start of a text is part of it: a context that has one must come back with it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Hands a context to an instance.
 *
 * @param whose - `'message'` for one that may have come with a message, and with keys that the
 *   format keeps for itself; `'caller'` for one that may not.
 * @throws {@link MisuseError} `ERR_LIMIT` when it is longer than 65,535 bytes.
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for keys that the format reserves.
 */
export function contextHandle(
  instance: Instance,
  context: Context,
  whose: 'caller' | 'message',
): Handle {
  const pairs = concat(
    Object.entries(context).map(([key, value]) => {
      const [name, text] = [encoder.encode(key), encoder.encode(value)]
      if (name.length > 0xffff || text.length > 0xffff) {
        throw new MisuseError('ERR_LIMIT', 'the context is longer than 65,535 bytes')
      }
      return joinFields([name, text])
    }),
  )
  const id = instance.enter((core) => core.contextNew(send(core, pairs), whose === 'message'))
  return new Handle(instance, 'context', id)
}

/** The same for a context of the caller's that may be left out; undefined for no pairs. */
export function optionalHandle(instance: Instance, context: Context): Handle | undefined {
  if (Object.keys(context).length === 0) return undefined
  return contextHandle(instance, context, 'caller')
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
  const handle = contextHandle(header.instance, wanted, 'caller')
  try {
    header.enter((core, id) => core.headerMatch(id, handle.id))
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    throw new PolicyError('ERR_POLICY_CONTEXT', error.message, {
      hint: difference(own(stored), wanted),
    })
  } finally {
    handle.dispose()
  }
}
