/**
 * Kept slots, changed without touching what they open.
 *
 * @module
 */

import { PolicyError } from '../errors.js'
import { readText, refuse } from '../options.js'
import { type RootKey, readRootKey, type Slot } from '../root-key.js'
import { receive, send } from '../wasm/memory.js'
import {
  type Checked,
  checkSlots,
  listOf,
  openSlots,
  partsOf,
  readSlotOptions,
  readStored,
  type SlotOptions,
  type StoredSlot,
  slotOf,
  wrapSlots,
} from './stored.js'

/** The two sides of a change of root keys. */
export interface SlotMove extends SlotOptions {
  /** Who opens what is there. */
  readonly from: RootKey | readonly RootKey[]
  /** Who wraps it as well, or instead. */
  readonly to: RootKey
}

/**
 * Has a further root key wrap the same data key.
 *
 * Two calls: one to open, one to wrap.
 *
 * @returns The slots with one more.
 * @throws as {@link openSlots}, and what `wrap` of the new root key throws.
 */
export async function addSlot(
  slots: string | readonly StoredSlot[],
  move: SlotMove,
): Promise<StoredSlot[]> {
  const { from, to, ...options } = move
  const { slots: all } = await checkSlots(slots)
  const dataKey = await openSlots(all, from, options)
  try {
    return [...all, ...(await wrapSlots(dataKey, readRootKey(to), options))]
  } finally {
    dataKey.dispose()
  }
}

/**
 * Puts another root key in the place of all that were there: another service, or another account.
 *
 * Two calls: one to open, one to wrap. What the slots open is not touched.
 *
 * @returns One slot, of the new root key.
 * @throws as {@link addSlot}.
 */
export async function migrateSlots(
  slots: string | readonly StoredSlot[],
  move: SlotMove,
): Promise<StoredSlot[]> {
  return (await addSlot(slots, move)).slice(-1)
}

/**
 * Leaves out the slots of a root key; asks nobody.
 *
 * @param rootKey - As a slot names it: `slot.rootKey`.
 * @throws {@link MisuseError} `ERR_ARGUMENT` if no slot would be left, or none is of that root key.
 */
export function removeSlots(slots: readonly StoredSlot[], rootKey: string): StoredSlot[] {
  const name = readText(rootKey, 'rootKey')
  const left = slots.filter((slot) => slot.rootKey !== name)
  if (left.length === slots.length) refuse('rootKey', 'has no slot here')
  if (left.length === 0) refuse('rootKey', 'has the only slot: nothing could open it any more')
  return left
}

/**
 * The slots of a root key that another version of it wrapped than the one that wraps now.
 *
 * @param current - The root key as slots name it, and its newest version.
 * @example
 * const { crn, version } = await kms.key('orders').describe()
 * const stale = staleSlots(slots, { rootKey: crn, version })
 */
export function staleSlots(
  slots: readonly StoredSlot[],
  current: { readonly rootKey: string; readonly version: string | undefined },
): StoredSlot[] {
  const { rootKey, version } = current
  return slots.filter((slot) => slot.rootKey === rootKey && slot.rootKeyVersion !== version)
}

/**
 * Has the key service wrap its slots anew under the newest version of the root key.
 *
 * The data key stays in the service: one call for each slot of the root key, and no plaintext in
 * any. The next opening compares the fingerprint. Messages have no such call, and cannot: a second
 * header under the same key would give away what authenticates it. Seal them anew.
 *
 * @param rootKey - One that can rewrap.
 * @param options - The context, for providers to which the kept `aad` is not enough.
 * @returns All slots, those of the root key renewed.
 * @throws {@link MisuseError} `ERR_ARGUMENT` if the root key cannot rewrap.
 * @throws {@link PolicyError} `ERR_POLICY_KEY` if no slot is of that root key;
 *   `ERR_POLICY_CONTEXT` for another context, if one is given.
 * @throws {@link OpenError} `ERR_OPEN_FAILED` if a wrapped key was altered.
 * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
 */
export async function rewrapSlots(
  slots: string | readonly StoredSlot[],
  rootKey: RootKey,
  options?: SlotOptions,
): Promise<StoredSlot[]> {
  const { context, signal } = readSlotOptions(options)
  const key = readRootKey(rootKey)
  const rewrap = key.rewrap?.bind(key)
  if (rewrap === undefined) refuse('rootKey', 'cannot rewrap')
  const checked = await checkSlots(slots)
  const given = options?.context === undefined ? undefined : context
  let count = 0
  const renewed: StoredSlot[] = []
  for (const slot of checked.slots) {
    const old = slotOf(checked.formats, slot, given)
    const terms = given === undefined ? { aad: slot.aad } : { context: given }
    const work = async (): Promise<Slot> =>
      rewrap(old, signal === undefined ? terms : { ...terms, signal })
    const fresh = key.provider === slot.provider ? await orForeign(work()) : undefined
    if (fresh !== undefined) count += 1
    renewed.push(fresh === undefined ? slot : renew(checked, slot, fresh))
  }
  if (count > 0) return renewed
  throw new PolicyError('ERR_POLICY_KEY', 'no slot belongs to this root key')
}

async function orForeign(work: Promise<Slot>): Promise<Slot | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'ERR_POLICY_KEY') return undefined
    throw error
  }
}

function renew({ formats }: Checked, slot: StoredSlot, fresh: Slot): StoredSlot {
  const list = listOf(slot)
  const parts = partsOf(fresh)
  return formats.enter((core) => {
    send(core, list, ...parts)
    const [bytes, version, time] = parts
    const lengths = [list.length, bytes.length, version.length, time.length] as const
    return readStored(receive(core, core.storedSlotRenew(...lengths)))
  })
}
