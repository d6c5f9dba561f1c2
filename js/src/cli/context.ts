/**
 * The context, as it is typed.
 *
 * @module
 */

import type { Context } from '../index.js'
import { UsageError } from './exit.js'

/** Adds one more `--context name=value`. */
export function addContextPair(text: string, earlier: Context | undefined): Context {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`\`--context ${text}\` has to be name=value`)
  const [name, value] = [text.slice(0, at), text.slice(at + 1)]
  if (earlier !== undefined && Object.hasOwn(earlier, name)) {
    throw new UsageError(`\`--context\` has \`${name}\` twice`)
  }
  return { ...earlier, [name]: value }
}
