/**
 * Kept slots: made, read, opened.
 *
 * @module
 */

import { type Context, contextHandle, readContext } from '../context.js'
import { type DataKey, dataKeyHandle, withDataKey } from '../data-key.js'
import { unwrapSlot, worstOf } from '../message/unwrap.js'
import { kindOf, readOptions, readSignal, refuse } from '../options.js'
import { decodeSlots, encodeSlot, type RootKey, readRootKey, type Slot } from '../root-key.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import type { Instance } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'

const drop = (dataKey: DataKey): void => dataKey.dispose()

/**
 * One wrapped copy of a data key, kept beside what the key opens: plain data, for `JSON.stringify`.
 *
 * Nothing in it is secret. What is no word of ASCII is base64, behind `base64:`.
 */
export interface StoredSlot {
  /** Version of this record. */
  readonly v: 1
  /** Who wrapped it, such as `ibm-key-protect`. */
  readonly provider: string
  /** Under which root key: a CRN, an ARN, a name. */
  readonly rootKey: string
  /** Under which version of it, where the provider tells. */
  readonly rootKeyVersion?: string
  /** The wrapped data key, as the provider returned it. */
  readonly wrapped: string
  /** What stands for the context: base64url of the SHA-384 of its serialised form. */
  readonly aad: readonly string[]
  /** When it was made, in UTC. */
  readonly created: string
  /** By which the data key is known again; it tells nothing about it. */
  readonly fingerprint: string
}

/** What slots are made and opened under. */
export interface SlotOptions {
  /** Bound to the wrapped keys: opening asks for the same; default empty. */
  readonly context?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** The module that knows kept slots, and the list as text that it takes. */
export interface Checked {
  readonly formats: Instance<FormatsGlue>
  readonly slots: readonly StoredSlot[]
}

/** Checks options. */
export function readSlotOptions(options: SlotOptions | undefined): {
  readonly context: Context
  readonly signal: AbortSignal | undefined
} {
  const { context, signal } = readOptions(options, 'options', ['context', 'signal'])
  return { context: readContext(context), signal: readSignal(signal) }
}

/** Checks slots that a caller gave as an array, or as the JSON of one. */
export async function checkSlots(slots: unknown): Promise<Checked> {
  if (typeof slots !== 'string' && !Array.isArray(slots)) {
    const hint = 'A message has its slots inside, and those stay as they are: seal it anew.'
    refuse(
      'slots',
      `have to be an array, not ${kindOf(slots)}`,
      ArrayBuffer.isView(slots) ? hint : undefined,
    )
  }
  const text = typeof slots === 'string' ? slots : JSON.stringify(slots)
  const formats = await loadFormats()
  // The core is strict where JSON.parse is not: afterwards there is nothing left to check.
  formats.enter((core) => core.storedSlotsRead(send(core, encoder.encode(text))))
  return { formats, slots: JSON.parse(text) as StoredSlot[] }
}

/** A slot as the core takes it. */
export function listOf(slot: StoredSlot): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify([slot]))
}

/** The time, to the second. */
export function now(): Uint8Array<ArrayBuffer> {
  return encoder.encode(new Date().toISOString().replace(/\.\d+Z$/, 'Z'))
}

/** Reads what the core wrote. */
export function readStored(bytes: Uint8Array): StoredSlot {
  return JSON.parse(decoder.decode(bytes)) as StoredSlot
}

/** The parts of a slot with its version, as the core takes them. */
export function partsOf(slot: Slot): readonly [Uint8Array, Uint8Array, Uint8Array] {
  return [encodeSlot(slot), encoder.encode(slot.version ?? ''), now()]
}

/** The slot as its root key takes it; `context` absent, nothing is compared. */
export function slotOf(
  formats: Instance<FormatsGlue>,
  slot: StoredSlot,
  context: Context | undefined,
): Slot {
  const bound = context && contextHandle(formats, context, 'caller')
  try {
    const bytes = formats.enter((core) =>
      receive(core, core.storedSlotOpen(send(core, listOf(slot)), bound?.id ?? 0)),
    )
    return decodeSlots(bytes)[0] as Slot
  } finally {
    bound?.dispose()
  }
}

/** Checks root keys: one, or an array of them. */
export function readRootKeys(value: unknown): readonly RootKey[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (all.length === 0 || all.length > 10) refuse('rootKeys', 'has to have 1 to 10 root keys')
  return all.map(readRootKey)
}

/**
 * Reads kept slots, strictly.
 *
 * @param text - A JSON array of 1 to 16 slots, all of one data key.
 * @throws {@link FormatError} `ERR_FORMAT_INVALID` for a field that is missing, unknown, twice
 *   or wrong, or slots of different data keys; `ERR_FORMAT_VERSION` for other versions.
 * @throws {@link MisuseError} `ERR_LIMIT` over 16 slots or 1 MiB.
 * @example
 * const slots = await parseSlots(metadata.slots)
 */
export async function parseSlots(text: string): Promise<StoredSlot[]> {
  if (typeof text !== 'string') refuse('text', `has to be a string, not ${kindOf(text)}`)
  return [...(await checkSlots(text)).slots]
}

/**
 * Has root keys wrap a data key into slots to keep: any of them will open it.
 *
 * One call for each root key.
 *
 * @param dataKey - Stays usable.
 * @param rootKeys - One, or an array.
 * @param options - The context that opening has to show again.
 * @throws what `wrap` of a root key throws.
 * @example
 * const slots = await wrapSlots(dataKey, [kms.key('orders'), backup], { context })
 */
export async function wrapSlots(
  dataKey: DataKey,
  rootKeys: RootKey | readonly RootKey[],
  options?: SlotOptions,
): Promise<StoredSlot[]> {
  const { context, signal } = readSlotOptions(options)
  const keys = readRootKeys(rootKeys)
  void dataKeyHandle(dataKey).id
  const formats = await loadFormats()
  const given = signal === undefined ? { context } : { context, signal }
  // All are waited for even if one fails: none may be at work when the caller disposes of the key.
  const wraps = await Promise.allSettled(keys.map(async (key) => key.wrap(dataKey, given)))
  const bound = contextHandle(formats, context, 'caller')
  try {
    return wraps.map((wrap) => {
      if (wrap.status === 'rejected') throw wrap.reason
      const [slot, version, time] = partsOf(wrap.value)
      const json = withDataKey(dataKey, formats, (core, key) => {
        send(core, slot, version, time)
        const lengths = [slot.length, version.length, time.length] as const
        return receive(core, core.storedSlotNew(key, bound.id, ...lengths))
      })
      return readStored(json)
    })
  } finally {
    bound.dispose()
  }
}

/**
 * Opens the first slot that one of the root keys can open, and knows the data key again.
 *
 * The context is compared before anybody is asked. Usually one call.
 *
 * @param slots - As {@link wrapSlots} returned them, or their JSON.
 * @param rootKeys - One, or an array.
 * @param options - The context that was given when they were made.
 * @returns The data key, to be disposed of.
 * @throws {@link FormatError} as {@link parseSlots}.
 * @throws {@link PolicyError} `ERR_POLICY_CONTEXT` for slots of another context;
 *   `ERR_POLICY_KEY` if none belongs to one of the root keys.
 * @throws {@link OpenError} `ERR_OPEN_FAILED` if a slot was altered, or swapped for another's.
 * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
 */
export async function openSlots(
  slots: string | readonly StoredSlot[],
  rootKeys: RootKey | readonly RootKey[],
  options?: SlotOptions,
): Promise<DataKey> {
  const { context, signal } = readSlotOptions(options)
  const keys = readRootKeys(rootKeys)
  const { formats, slots: all } = await checkSlots(slots)
  const wrapped = all.map((slot) => slotOf(formats, slot, context))
  const failures: unknown[] = []
  for (const [i, slot] of wrapped.entries()) {
    for (const key of keys) {
      if (key.provider !== slot.provider) continue
      try {
        const given = signal === undefined ? { context } : { context, signal }
        return known(formats, all[i] as StoredSlot, await unwrapSlot(key, slot, given, drop))
      } catch (error) {
        signal?.throwIfAborted()
        failures.push(error)
      }
    }
  }
  throw worstOf(failures, wrapped)
}

function known(formats: Instance<FormatsGlue>, slot: StoredSlot, dataKey: DataKey): DataKey {
  try {
    withDataKey(dataKey, formats, (core, key) =>
      core.storedSlotVerify(send(core, listOf(slot)), key),
    )
    return dataKey
  } catch (error) {
    dataKey.dispose()
    throw error
  }
}
