/**
 * By which key a foreign format is sealed or opened: one that is shared, or root keys.
 *
 * @module
 */

import type { Context } from '../context.js'
import { type DataKey, generateDataKey } from '../data-key.js'
import { PolicyError } from '../errors.js'
import { refuse } from '../options.js'
import { type RootKey, readRootKey, type Slot } from '../root-key.js'
import type { FormatsGlue } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { type SharedKey, sharedKeyHandle } from './shared-key.js'

/** One of the two. */
export interface KeyChoice {
  readonly key?: SharedKey | undefined
  readonly rootKey?: RootKey | undefined
}

/** Which it is. */
export type Key =
  | { readonly shared: Handle<FormatsGlue>; readonly root?: undefined }
  | { readonly root: RootKey; readonly shared?: undefined }

/** What a root key is told. */
export interface Terms {
  readonly context: Context
  readonly signal: AbortSignal | undefined
}

/** Reads which key is given: exactly one. */
export function readKey({ key, rootKey }: KeyChoice): Key {
  if ((key === undefined) === (rootKey === undefined)) {
    refuse('key', 'or `rootKey` has to be given, and not both')
  }
  return key === undefined ? { root: readRootKey(rootKey) } : { shared: sharedKeyHandle(key) }
}

/** Makes a data key and has a root key wrap it; the caller disposes of the key. */
export async function wrapNew(
  formats: Instance<FormatsGlue>,
  root: RootKey,
  terms: Terms,
): Promise<{ readonly dataKey: DataKey; readonly slot: Slot }> {
  const dataKey = generateDataKey(formats)
  try {
    return { dataKey, slot: await root.wrap(dataKey, optionsOf(terms)) }
  } catch (error) {
    dataKey.dispose()
    throw error
  }
}

/** Has a root key unwrap the first of the slots that is its own. */
export async function unwrapOne(
  slots: readonly Slot[],
  root: RootKey,
  terms: Terms,
): Promise<DataKey> {
  for (const slot of slots) {
    if (slot.provider !== root.provider) continue
    try {
      return await root.unwrap(slot, optionsOf(terms))
    } catch (error) {
      if (error instanceof PolicyError && error.code === 'ERR_POLICY_KEY') continue
      throw error
    }
  }
  throw new PolicyError('ERR_POLICY_KEY', 'no slot belongs to the configured root key')
}

function optionsOf({ context, signal }: Terms): { context: Context; signal?: AbortSignal } {
  return signal === undefined ? { context } : { context, signal }
}
