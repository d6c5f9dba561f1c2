/**
 * One data key, wrapped by every root key.
 *
 * @module
 */

import { orAborted } from '../abort.js'
import { concat } from '../bytes.js'
import { encodeSlot, type Slot, type WrapOptions } from '../root-key.js'

/** What is asked of a root key, whatever it makes of a data key. */
export interface Wrapping<K> {
  wrap(dataKey: K, options?: WrapOptions): Promise<Slot>
}

/**
 * Has every root key wrap a data key.
 *
 * Waits for all of them even if one fails: none may still be at work when the key is disposed of,
 * unless it does not heed the signal.
 *
 * @returns The slots as a message carries them.
 */
export async function wrapAll<K>(
  rootKeys: readonly Wrapping<K>[],
  dataKey: K,
  options: WrapOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { signal } = options
  const all = Promise.allSettled(rootKeys.map(async (key) => key.wrap(dataKey, options)))
  const wraps = await (signal === undefined ? all : orAborted(all, signal))
  return concat(
    wraps.map((wrap) => {
      if (wrap.status === 'rejected') throw wrap.reason
      return encodeSlot(wrap.value)
    }),
  )
}
