/**
 * How a command ends.
 *
 * @module
 */

import { isTsutsumiError } from '../index.js'

/** Exit codes, documented in every help text. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  service: 4,
  later: 5,
  interrupted: 130,
} as const

/** What they mean, for help texts. */
export const EXIT_CODES = `Exit codes:
  0    done
  1    failed: a file, a disk, a network address that cannot be used
  2    wrong usage: an unknown option, a missing value, a setting that is missing
  3    refused: the bytes were altered, or key or context is another, or it is no message
  4    the key service refuses: credentials, a missing key, the state of a key
  5    the key service is down, slow or busy: the same may work later
  130  interrupted; 1 if the reader of a pipe went away`

/** A mistake in how the program was called, or in its settings. */
export class UsageError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** Something outside the program that fails. */
export class CommandError extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** The exit code for what was thrown. */
export function exitCode(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage
  if (!isTsutsumiError(error)) return EXIT.failed
  switch (error.name) {
    case 'MisuseError':
      return error.code === 'ERR_LIMIT' ? EXIT.refused : EXIT.usage
    case 'KmsError':
      return error.retryable ? EXIT.later : EXIT.service
    case 'InternalError':
      return EXIT.failed
    default:
      return EXIT.refused
  }
}

/** What was thrown, for standard error. */
export function explain(error: unknown): string {
  if (isTsutsumiError(error)) {
    return lines(`${error.code}: ${error.message}`, error.hint)
  }
  const hint = error instanceof UsageError || error instanceof CommandError ? error.hint : undefined
  return lines(error instanceof Error ? error.message : String(error), hint)
}

function lines(message: string, hint: string | undefined): string {
  const first = `tsutsumi: ${message}\n`
  return hint === undefined ? first : `${first}${hint}\n`
}
