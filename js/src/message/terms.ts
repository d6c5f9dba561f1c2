/**
 * Options of encrypting and decrypting, checked once.
 *
 * @module
 */

import { readOptions, readSignal } from '../options.js'
import { type Context, readContext } from '../pairs.js'
import type { RootKey } from '../root-key.js'
import type { Limits } from './limits.js'
import type { OpenTerms } from './open.js'
import type { SealTerms } from './seal.js'
import type { Allowed } from './suites.js'

/** Options of {@link Envelope.encrypt} and {@link Envelope.encryptStream}. */
export interface EncryptOptions {
  /** Stored with the message, in clear, authenticated; default empty. */
  readonly context?: Context
  /**
   * Authenticated, but not stored: whoever decrypts has to know these pairs, and give them as
   * `requiredContext` again. Default empty.
   */
  readonly requiredContext?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Options of {@link Envelope.decrypt} and {@link Envelope.decryptStream}. */
export interface DecryptOptions {
  /**
   * What the context has to be, pair for pair; default empty. `'unchecked'` takes any: then the
   * caller has to look at the one that is returned.
   */
  readonly context?: Context | 'unchecked'
  /**
   * Pairs that the message was bound to without storing them; default empty. One that is stored
   * after all has to be equal.
   */
  readonly requiredContext?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What an envelope is configured with. */
export interface EnvelopeTerms {
  readonly rootKeys: readonly RootKey[]
  readonly limits: Required<Limits>
  readonly allowed: Allowed
}

const NAMES = ['context', 'requiredContext', 'signal'] as const

/** Checks the options of encrypting. */
export function readSealOptions(
  options: EncryptOptions | undefined,
): Omit<SealTerms, 'rootKeys' | 'plaintextBytes'> {
  const { context, requiredContext, signal } = readOptions(options, 'options', NAMES)
  return {
    context: readContext(context),
    requiredContext: readContext(requiredContext, 'requiredContext'),
    signal: readSignal(signal),
  }
}

/** Checks the options of decrypting. */
export function readOpenOptions(
  options: DecryptOptions | undefined,
): Omit<OpenTerms, keyof EnvelopeTerms> {
  const { context, requiredContext, signal } = readOptions(options, 'options', NAMES)
  return {
    context: context === 'unchecked' ? context : readContext(context),
    requiredContext: readContext(requiredContext, 'requiredContext'),
    signal: readSignal(signal),
  }
}

/** {@link readSealOptions} with the root keys of an envelope. */
export function readSealTerms(
  { rootKeys }: EnvelopeTerms,
  options: EncryptOptions | undefined,
): SealTerms {
  return { rootKeys, ...readSealOptions(options) }
}

/** {@link readOpenOptions} with what an envelope is configured with. */
export function readOpenTerms(
  envelope: EnvelopeTerms,
  options: DecryptOptions | undefined,
): OpenTerms {
  return { ...envelope, ...readOpenOptions(options) }
}
