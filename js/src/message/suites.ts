/**
 * Which suites a reader takes, and which module reads them.
 *
 * @module
 */

import { refuse } from '../options.js'
import type { FormatsGlue } from '../wasm/formats.js'
import type { Core } from '../wasm/instance.js'

/** What a reader takes besides the suites that commit to their key; see {@link Envelope}. */
export interface SuiteOptions {
  /**
   * Whether a message has to commit to its key. `'allow-uncommitted'` also opens messages of
   * version 1, which do not: whoever wrote one may have made it open to another plaintext for
   * another reader. Default `'required'`.
   */
  readonly commitment?: 'required' | 'allow-uncommitted'
  /**
   * Whether a message has to have a key of its own, derived from the data key.
   * `'allow-identity'` also opens those of version 1 that use the data key as it is; it needs
   * `commitment: 'allow-uncommitted'`. Default `'required'`.
   */
  readonly keyDerivation?: 'required' | 'allow-identity'
}

/** What is allowed, as the core numbers it: nothing besides, derived keys, all of version 1. */
export type Allowed = 0 | 1 | 2

/** Checks the two options. */
export function readSuites({ commitment, keyDerivation }: SuiteOptions): Allowed {
  const words = (word: unknown, argument: string, more: string): boolean => {
    if (word === undefined || word === 'required') return false
    if (word !== more) refuse(argument, `has to be 'required' or '${more}'`)
    return true
  }
  const uncommitted = words(commitment, 'commitment', 'allow-uncommitted')
  const identity = words(keyDerivation, 'keyDerivation', 'allow-identity')
  if (identity && !uncommitted) {
    refuse('keyDerivation', "needs `commitment: 'allow-uncommitted'`")
  }
  return identity ? 2 : uncommitted ? 1 : 0
}

/**
 * Whether a message that begins like this is for the module with all formats: it is signed, or of
 * version 1 and allowed. What the core refuses stays with the core.
 */
export function needsFormats(start: Uint8Array, allowed: Allowed): boolean {
  const [version, high, low] = start
  return version === 2 ? high === 0x05 && low === 0x78 : version === 1 && allowed > 0
}

/** Whether calls are those of the module with all formats. */
export function isFormats(core: object): core is Core<FormatsGlue> {
  return 'openerNewAllowing' in core
}
