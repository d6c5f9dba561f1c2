/**
 * Credentials that the caller gives: one that stays, or a function that returns fresh ones.
 *
 * @module
 */

import { KmsError, MisuseError } from '../errors.js'
import { readText, refuse } from '../options.js'

/** Where a client gets what shows who is asking. */
export interface Credentials<K> {
  /** What is valid now, as far as can be known. */
  get(signal: AbortSignal): Promise<K>
  /**
   * Told that one was refused.
   *
   * @returns Whether asking again may give another one.
   */
  refused(credential: K): boolean
}

/** A token, or a function that returns a fresh one each time it is called. */
export type TokenSource = string | (() => string | Promise<string>)

/** Whether a value can be a token: printable, and nothing that would end a header. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}

/** Checks a token or a function that returns some. */
export function readTokenSource(value: unknown): TokenSource {
  if (typeof value === 'function') return value as () => string
  const text = readText(value, 'token')
  if (!isToken(text)) refuse('token', 'has to be printable, without spaces')
  return text
}

/** Something that the caller gave, or gives each time it is asked for. */
export class Given<K> implements Credentials<K> {
  readonly #name: string
  readonly #source: K | (() => K | Promise<K>)
  readonly #read: (value: unknown) => K

  /**
   * @param name - Of the option, for an error.
   * @param read - Checks what a function returned; throws for what cannot be one.
   */
  constructor(name: string, source: K | (() => K | Promise<K>), read: (value: unknown) => K) {
    this.#name = name
    this.#source = source
    this.#read = read
  }

  /** The one that was given, or a fresh one. */
  async get(): Promise<K> {
    const source = this.#source
    if (typeof source !== 'function') return source
    const name = `the function given as \`${this.#name}\``
    let value: unknown
    try {
      value = await (source as () => K | Promise<K>)()
    } catch (cause) {
      throw new KmsError('ERR_KMS_DENIED', `${name} failed`, { cause })
    }
    try {
      return this.#read(value)
    } catch (error) {
      const hint = error instanceof MisuseError ? `It has to return: ${error.message}.` : undefined
      throw new KmsError('ERR_KMS_DENIED', `${name} returned no credentials`, { hint })
    }
  }

  /** Whether there is a function that may give another one. */
  refused(): boolean {
    return typeof this.#source === 'function'
  }
}

/** Tokens that the caller gives. */
export function givenTokens(source: TokenSource): Given<string> {
  return new Given('token', source, (value) => {
    if (isToken(value)) return value
    refuse('token', 'has to be printable text without spaces')
  })
}
