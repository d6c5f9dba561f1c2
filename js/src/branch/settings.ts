/**
 * What is asked of branch keys.
 *
 * @module
 */

import type { Context } from '../context.js'
import { isWellFormed, kindOf, readCount, readOptions, refuse } from '../options.js'

/** Options of {@link branchKeys}. */
export interface BranchKeysOptions {
  /**
   * How long one branch key seals, and how long it is kept to open, in milliseconds; so also how
   * long what is under it stays open after the root key was disabled. Default one hour.
   */
  readonly lifetime_ms?: number
  /** Data keys that one branch key wraps. Default 2³². */
  readonly maxMessages?: number
  /**
   * Plaintext bytes sealed under one branch key. Default unlimited. A stream does not say how long
   * it will be, and so uses up all that is left.
   */
  readonly maxBytes?: number
  /**
   * Whose data it is, such as a tenant: branch keys are never shared between partitions, and one of
   * one partition does not open what is in another. A function makes it of a message's context.
   */
  readonly partition?: string | ((context: Context) => string)
  /** Branch keys kept at a time; the one not used for longest goes first. Default 1,000. */
  readonly maxEntries?: number
}

/** The options, checked. */
export interface Settings {
  readonly lifetime_ms: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly maxEntries: number
  readonly partition: (context: Context | undefined) => string
}

const DAY_ms = 86_400_000

/** Checks the options and fills in the defaults. */
export function readSettings(options: BranchKeysOptions | undefined): Settings {
  const read = readOptions(options, 'options', [
    'lifetime_ms',
    'maxMessages',
    'maxBytes',
    'partition',
    'maxEntries',
  ])
  const { lifetime_ms, maxMessages, maxBytes, maxEntries, partition } = read
  return {
    lifetime_ms: readCount(lifetime_ms ?? 3_600_000, 'lifetime_ms', 1, 7 * DAY_ms),
    maxMessages: readCount(maxMessages ?? 2 ** 32, 'maxMessages', 1, 2 ** 32),
    maxBytes:
      maxBytes === undefined
        ? Number.POSITIVE_INFINITY
        : readCount(maxBytes, 'maxBytes', 1, Number.MAX_SAFE_INTEGER),
    maxEntries: readCount(maxEntries ?? 1_000, 'maxEntries', 1, 100_000),
    partition: readPartition(partition),
  }
}

function readPartition(value: unknown): (context: Context | undefined) => string {
  if (typeof value !== 'function') {
    const name = readName(value ?? '')
    return () => name
  }
  return (context) => {
    if (context === undefined) refuse('context', 'has to be given: the partition is made of it')
    const name: unknown = value(context)
    return readName(name)
  }
}

function readName(value: unknown): string {
  if (typeof value !== 'string') refuse('partition', `has to be text, not ${kindOf(value)}`)
  if (!isWellFormed(value)) refuse('partition', 'has a lone surrogate in it')
  if (value.length > 1_024) refuse('partition', 'is longer than 1,024 characters')
  return value
}
