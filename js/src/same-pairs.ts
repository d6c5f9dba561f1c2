/**
 * Contexts side by side.
 *
 * @module
 */

import type { Context } from './pairs.js'

/** Whether two contexts have the same pairs, in any order. */
export function samePairs(mine: Context, theirs: Context): boolean {
  const keys = Object.keys(theirs)
  return keys.length === Object.keys(mine).length && keys.every((key) => mine[key] === theirs[key])
}
