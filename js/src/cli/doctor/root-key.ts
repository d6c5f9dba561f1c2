/**
 * A root key: what the service says of it, and whether it works.
 *
 * @module
 */

import { DataKey, type RootKey } from '../../index.js'
import { openRootKeys, type RootKeyOptions } from '../root-keys.js'
import { type Check, doubtful, failure, good } from './check.js'

interface Described {
  describe(): Promise<{ readonly state: string; readonly crn: string }>
}

/** Looks at it. */
export async function checkRootKey(
  name: string,
  options: RootKeyOptions,
): Promise<readonly Check[]> {
  const label = `root key ${name.length > 40 ? `…${name.slice(-39)}` : name}`
  const checks: Check[] = []
  try {
    const [key] = await openRootKeys({ ...options, rootKey: [name] }, 'decrypt')
    if (key === undefined) return checks
    if (isDescribed(key)) {
      const { state, crn } = await key.describe()
      const found = `${state}, ${crn}`
      const advice = `A key that is ${state} opens nothing; see \`tsutsumi keys --help\`.`
      checks.push(state === 'active' ? good(label, found) : doubtful(label, found, advice))
    }
    checks.push(await trial(label, key))
  } catch (error) {
    checks.push(failure(label, error))
  }
  return checks
}

function isDescribed(key: RootKey): key is RootKey & Described {
  return typeof Reflect.get(key, 'describe') === 'function'
}

async function trial(label: string, key: RootKey): Promise<Check> {
  const context = { purpose: 'tsutsumi doctor' }
  const begun = performance.now()
  using dataKey = DataKey.generate()
  const slot = await key.wrap(dataKey, { context })
  const again = await key.unwrap(slot, { context })
  again.dispose()
  return good(label, `wraps and unwraps in ${Math.round(performance.now() - begun)} ms`)
}
