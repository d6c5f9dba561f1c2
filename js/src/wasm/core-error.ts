/**
 * Errors of the core: a number across the boundary, an object with words on this side.
 *
 * @module
 */

import { PROBLEMS } from '../core-tables.js'
import {
  FormatError,
  InternalError,
  KmsError,
  MisuseError,
  OpenError,
  PolicyError,
  type TsutsumiError,
} from '../errors.js'
import type { MORE_PROBLEMS } from '../formats-tables.js'

type Problem = (typeof PROBLEMS)[number] | (typeof MORE_PROBLEMS)[number]

const problems: Problem[] = [...PROBLEMS]

/** Adds the words of the module with all formats. */
export function addProblems(more: readonly Problem[]): void {
  problems.splice(PROBLEMS.length, more.length, ...more)
}

/** Makes the error that a number from the core stands for: `problem + 256 * offset`. */
export function coreError(number: number): TsutsumiError {
  const problem = problems[number % 256]
  if (problem === undefined) return new InternalError(`the core reports ${number}`)
  const { code, message } = problem
  const hint = problem.hint === '' ? undefined : problem.hint
  switch (code) {
    case 'ERR_ARGUMENT':
    case 'ERR_STATE':
    case 'ERR_LIMIT':
      return new MisuseError(code, message, { hint })
    case 'ERR_FORMAT_TRUNCATED':
    case 'ERR_FORMAT_INVALID':
    case 'ERR_FORMAT_VERSION':
    case 'ERR_FORMAT_SUITE':
      return new FormatError(code, message, { hint, offset: Math.floor(number / 256) })
    case 'ERR_OPEN_FAILED':
      return new OpenError()
    case 'ERR_POLICY_CONTEXT':
    case 'ERR_POLICY_SUITE':
    case 'ERR_POLICY_KEY':
      return new PolicyError(code, message, { hint })
    case 'ERR_INTERNAL':
      return new InternalError(message, { hint })
    default:
      return new KmsError(code, message, { hint })
  }
}
