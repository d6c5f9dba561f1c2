/**
 * One thing that was looked at.
 *
 * @module
 */

import { isTsutsumiError } from '../../index.js'

/** What was looked at, what was found, and what to do. */
export interface Check {
  readonly name: string
  readonly result: 'good' | 'doubtful' | 'bad'
  readonly said: string
  readonly advice?: string
}

/** Something that works. */
export function good(name: string, said: string): Check {
  return { name, result: 'good', said }
}

/** Something that may be wrong. */
export function doubtful(name: string, said: string, advice: string): Check {
  return { name, result: 'doubtful', said, advice }
}

/** Something that does not work. */
export function bad(name: string, said: string, advice?: string): Check {
  return { name, result: 'bad', said, ...(advice === undefined ? {} : { advice }) }
}

/** Something that failed. */
export function failure(name: string, error: unknown): Check {
  const hint: unknown = Reflect.get(Object(error), 'hint')
  const advice = typeof hint === 'string' ? hint : undefined
  if (isTsutsumiError(error)) return bad(name, `${error.code}: ${error.message}`, advice)
  return bad(name, error instanceof Error ? error.message : String(error), advice)
}
