/**
 * Root keys as an envelope sees them, whichever service holds them.
 *
 * @module
 */

import { joinFields, readBytes, splitFields } from './bytes.js'
import type { DataKey } from './data-key.js'
import { PolicyError } from './errors.js'
import { isWellFormed, kindOf, readOptions, readSignal, refuse } from './options.js'
import { type Context, readContext } from './pairs.js'

/** One wrapped copy of a data key, and who can unwrap it. */
export interface Slot {
  /** Who wrapped it, such as `ibm-key-protect`. */
  readonly provider: string
  /** Under which root key, as the provider writes it; for Key Protect the CRN as UTF-8. */
  readonly info: Uint8Array
  /** The wrapped data key, as the provider returned it. */
  readonly ciphertext: Uint8Array
  /** Which version of the root key wrapped it, where the provider tells; a message drops it. */
  readonly version?: string
}

/** What a root key is told besides the key to wrap or unwrap. */
export interface WrapOptions {
  /** Bound to the wrapped key: unwrapping asks for the same. */
  readonly context?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** For which algorithm suite the data key is, by number; no cache may hand it on to another. */
  readonly suite?: number
  /** Which commitment policy the caller has; no cache may hand the data key on to another. */
  readonly commitment?: string
  /** How many bytes the data key will seal, where that is known beforehand. */
  readonly plaintextBytes?: number
}

/** What a root key is told besides the slot to wrap anew. */
export interface RewrapOptions {
  /** What the slot is bound to. */
  readonly context?: Context
  /** The strings that the provider authenticates, for those who kept them but not the context. */
  readonly aad?: readonly string[]
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/**
 * Something that wraps and unwraps data keys: a key in a key service, or one held in-process.
 *
 * `unwrap` must reject with a {@link PolicyError} `ERR_POLICY_KEY`, without calling anybody, for a
 * slot of another root key: the slots of a message are an attacker's to choose.
 */
export interface RootKey {
  /** Who this is in a slot. */
  readonly provider: string
  /** Which key of the provider's this is, as the caller named it. */
  readonly id: string
  /** Wraps a data key. */
  wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot>
  /** Unwraps what {@link RootKey.wrap} returned; the caller disposes of the key. */
  unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey>
  /** Wraps anew under the newest version, where the provider does that without giving the key. */
  rewrap?(slot: Slot, options?: RewrapOptions): Promise<Slot>
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const WRAP_OPTIONS = ['context', 'signal', 'suite', 'commitment', 'plaintextBytes'] as const

/** Checks the options of a wrap or an unwrap; what only caches need is left alone. */
export function readWrapOptions(options: WrapOptions | undefined): {
  readonly context: Context
  readonly signal: AbortSignal | undefined
} {
  const { context, signal } = readOptions(options, 'options', WRAP_OPTIONS)
  return { context: readContext(context), signal: readSignal(signal) }
}

/** Checks the options of a rewrap. */
export function readRewrapOptions(options: RewrapOptions | undefined): {
  readonly context: Context
  readonly aad: readonly string[] | undefined
  readonly signal: AbortSignal | undefined
} {
  const { context, aad, signal } = readOptions(options, 'options', ['context', 'aad', 'signal'])
  if (aad !== undefined) {
    if (context !== undefined) refuse('aad', 'cannot be given together with `context`')
    if (!Array.isArray(aad) || aad.some((text) => typeof text !== 'string')) {
      refuse('aad', 'has to be an array of strings')
    }
  }
  return { context: readContext(context), aad, signal: readSignal(signal) }
}

/** Writes a slot as a message carries it. */
export function encodeSlot(slot: Slot): Uint8Array<ArrayBuffer> {
  if (typeof slot !== 'object' || slot === null) {
    refuse('slot', `has to be an object, not ${kindOf(slot)}`)
  }
  if (typeof slot.provider !== 'string' || !isWellFormed(slot.provider)) {
    refuse('slot.provider', 'has to be text')
  }
  const info = readBytes(slot.info, 'slot.info')
  const ciphertext = readBytes(slot.ciphertext, 'slot.ciphertext')
  return joinFields([encoder.encode(slot.provider), info, ciphertext])
}

/** Reads slots that the core wrote. */
export function decodeSlots(bytes: Uint8Array): Slot[] {
  const fields = splitFields(bytes, 2)
  const slots: Slot[] = []
  for (let i = 0; i + 2 < fields.length; i += 3) {
    const [provider, info, ciphertext] = fields.slice(i, i + 3)
    if (provider === undefined || info === undefined || ciphertext === undefined) break
    slots.push({ provider: decoder.decode(provider), info, ciphertext })
  }
  return slots
}

/** The refusal of a slot that some other root key wrapped. */
export function foreignSlot(id: string): PolicyError {
  return new PolicyError('ERR_POLICY_KEY', 'the slot belongs to another root key', {
    hint: `The configured root key is \`${id}\`.`,
  })
}

/** Checks what was given as a root key. */
export function readRootKey(value: unknown): RootKey {
  if (typeof value !== 'object' || value === null) {
    refuse('rootKey', `has to be a root key, not ${kindOf(value)}`, rootKeyHint(value))
  }
  const key = value as Partial<RootKey>
  if (
    typeof key.provider !== 'string' ||
    typeof key.id !== 'string' ||
    typeof key.wrap !== 'function' ||
    typeof key.unwrap !== 'function'
  ) {
    refuse('rootKey', 'has to have `provider`, `id`, `wrap` and `unwrap`')
  }
  return key as RootKey
}

/**
 * Checks the root keys of an envelope: one, or an array of up to ten.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` for both, for neither, and for what is no root key.
 */
export function readRootKeys(rootKey: unknown, rootKeys: unknown): RootKey[] {
  if ((rootKey === undefined) === (rootKeys === undefined)) {
    refuse('rootKey', 'or `rootKeys` has to be given, and not both')
  }
  if (rootKeys !== undefined && !Array.isArray(rootKeys)) refuse('rootKeys', 'has to be an array')
  const all: readonly unknown[] = rootKeys ?? [rootKey]
  if (all.length === 0) refuse('rootKeys', 'cannot be empty')
  if (all.length > 10) refuse('rootKeys', 'has more than 10 root keys')
  return all.map(readRootKey)
}

function rootKeyHint(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  return 'Name it through a client: `keyProtect({ … }).key(name)`.'
}
