/** What a test expects to be thrown: a code and a class, never a message. */

import assert from 'node:assert/strict'
import { isTsutsumiError, type TsutsumiError } from 'tsutsumi'

const CLASS_OF: readonly (readonly [prefix: string, name: string])[] = [
  ['ERR_FORMAT_', 'FormatError'],
  ['ERR_OPEN_', 'OpenError'],
  ['ERR_POLICY_', 'PolicyError'],
  ['ERR_KMS_', 'KmsError'],
  ['ERR_INTERNAL', 'InternalError'],
  ['ERR_STORE_', 'StoreError'],
  ['ERR_', 'MisuseError'],
]

/** Checks that a value is an error with this code, and of the class that goes with it. */
export function assertCode(error: unknown, code: string): TsutsumiError {
  if (!isTsutsumiError(error)) assert.fail(`no error of the package: ${String(error)}`)
  assert.equal(error.code, code)
  const expected = CLASS_OF.find(([prefix]) => code.startsWith(prefix))?.[1]
  assert.equal(error.name, expected)
  assert.match(error.message, /^[a-z`].*[^.]$/)
  return error
}

/** Checks that a call throws an error with this code; returns it. */
export function throwsCode(work: () => unknown, code: string): TsutsumiError {
  try {
    work()
  } catch (error) {
    return assertCode(error, code)
  }
  assert.fail(`nothing was thrown, where ${code} was expected`)
}

/** Checks that a promise rejects with an error with this code; returns it. */
export async function rejectsCode(work: Promise<unknown>, code: string): Promise<TsutsumiError> {
  try {
    await work
  } catch (error) {
    return assertCode(error, code)
  }
  assert.fail(`nothing was thrown, where ${code} was expected`)
}
