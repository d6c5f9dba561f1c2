/**
 * What a stream says when it fails after it gave something out.
 *
 * @module
 */

import { FormatError, OpenError } from '../errors.js'

/** The error of a body of which something was read before. */
export function incomplete(error: unknown, what: 'message' | 'object'): unknown {
  const state = `but the ${what} is cut short or altered: discard it`
  const hint = `What was read so far is authentic, ${state}.`
  if (error instanceof OpenError) return new OpenError({ hint })
  if (!(error instanceof FormatError)) return error
  const { code, message, offset } = error
  return new FormatError(code, message, { hint, offset })
}
