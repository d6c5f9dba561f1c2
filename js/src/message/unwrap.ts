/**
 * Which root key opens a slot, and what to say where none does.
 *
 * @module
 */

import { orAborted } from '../abort.js'
import { KmsError, OpenError, PolicyError } from '../errors.js'
import type { Slot, WrapOptions } from '../root-key.js'

/** What is asked of a root key, whatever it makes of a data key. */
export interface Unwrapping<K> {
  readonly provider: string
  unwrap(slot: Slot, options?: WrapOptions): Promise<K>
}

/**
 * Unwraps the first slot that one of the root keys opens.
 *
 * @param drop - Disposes of a key that comes after its signal was aborted.
 * @throws What is of most use to a caller, where none opens.
 */
export async function unwrapAny<K>(
  rootKeys: readonly Unwrapping<K>[],
  slots: readonly Slot[],
  options: WrapOptions,
  drop: (dataKey: K) => void,
): Promise<K> {
  const failures: unknown[] = []
  for (const slot of slots) {
    for (const rootKey of rootKeys) {
      // spec: M-16
      if (rootKey.provider !== slot.provider) continue
      try {
        return await unwrapSlot(rootKey, slot, options, drop)
      } catch (error) {
        options.signal?.throwIfAborted()
        failures.push(error)
      }
    }
  }
  throw worstOf(failures, slots)
}

/** Unwraps; a root key that ignores the signal is not waited for, and what it brings is wiped. */
export async function unwrapSlot<K>(
  rootKey: Unwrapping<K>,
  slot: Slot,
  options: WrapOptions,
  drop: (dataKey: K) => void,
): Promise<K> {
  const { signal } = options
  const work = rootKey.unwrap(slot, options)
  if (signal === undefined) return work
  try {
    return await orAborted(work, signal)
  } catch (error) {
    if (signal.aborted) work.then(drop).catch(() => {})
    throw error
  }
}

/** What to throw: a service that was down may open it later, so a caller has to hear that first. */
export function worstOf(failures: readonly unknown[], slots: readonly Slot[]): unknown {
  const real = failures.filter(
    (error) => !(error instanceof PolicyError && error.code === 'ERR_POLICY_KEY'),
  )
  return (
    real.find((error) => error instanceof KmsError && error.retryable) ??
    real.find((error) => !(error instanceof OpenError)) ??
    real[0] ??
    new PolicyError('ERR_POLICY_KEY', 'no slot belongs to a configured root key', {
      hint: `The slots name ${slots.map(nameOf).join(', ')}.`,
    })
  )
}

// Shown without control characters, and short: the text is an attacker's to choose.
function nameOf(slot: Slot): string {
  const text = `${slot.provider}:${new TextDecoder().decode(slot.info)}`
  return `\`${text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}\``
}
