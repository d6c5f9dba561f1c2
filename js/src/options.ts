/**
 * Options objects: read once, unknown names refused.
 *
 * @module
 */

import { MisuseError } from './errors.js'

/** Whether a value is an object literal, or one made without a prototype, of any realm. */
export function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * Copies an options object after looking at every name in it.
 *
 * @param options - What the caller passed; absent means no options.
 * @param what - What it is called in an error.
 * @param names - Every name there is.
 * @returns A copy without a prototype, so that nothing inherited is taken for an option.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for an unknown name or something that is no object.
 */
export function readOptions<T extends object>(
  options: T | undefined,
  what: string,
  names: readonly (keyof T & string)[],
): Partial<T> {
  const copy = Object.create(null) as Partial<T>
  if (options === undefined) return copy
  if (typeof options !== 'object' || options === null) {
    throw new MisuseError('ERR_ARGUMENT', `${what} have to be an object`, { argument: what })
  }
  for (const key of Reflect.ownKeys(options)) {
    if (!Object.prototype.propertyIsEnumerable.call(options, key)) continue
    const name = names.find((known) => known === key)
    if (name === undefined) {
      throw new MisuseError('ERR_ARGUMENT', `unknown option \`${String(key)}\` in ${what}`, {
        argument: String(key),
        hint: `Known are ${names.map((known) => `\`${known}\``).join(', ')}.`,
      })
    }
    if (options[name] !== undefined) copy[name] = options[name]
  }
  return copy
}

/** Refuses an argument. */
export function refuse(argument: string, rule: string, hint?: string): never {
  throw new MisuseError('ERR_ARGUMENT', `\`${argument}\` ${rule}`, { argument, hint })
}

/** Checks that a value is text, well formed and not empty. */
export function readText(value: unknown, argument: string): string {
  if (typeof value !== 'string') refuse(argument, `has to be a string, not ${kindOf(value)}`)
  if (value === '') refuse(argument, 'cannot be empty')
  if (!isWellFormed(value)) refuse(argument, 'has a lone surrogate in it')
  return value
}

/** Checks that a value is a whole number within bounds. */
export function readCount(value: unknown, argument: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    refuse(argument, `has to be a whole number from ${min} to ${max}`)
  }
  return value
}

/** Checks that a value is an `AbortSignal`, or absent. */
export function readSignal(value: unknown): AbortSignal | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'object' && value !== null && 'aborted' in value) {
    if (typeof Reflect.get(value, 'addEventListener') === 'function') return value as AbortSignal
  }
  refuse('signal', `has to be an AbortSignal, not ${kindOf(value)}`)
}

/** Whether a string has no half of a surrogate pair in it, which UTF-8 cannot carry. */
export function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDFFF]/u.test(text)
}

/** What a value is, in a word, for an error. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value !== 'object') return typeof value
  return Object.prototype.toString.call(value).slice(8, -1)
}
