/**
 * The slots that branch keys make, and what the core does with them.
 *
 * @module
 */

import { concat } from '../bytes.js'
import { type Context, contextHandle } from '../context.js'
import { adoptDataKey, type DataKey, withDataKey } from '../data-key.js'
import { FormatError, PolicyError } from '../errors.js'
import { decodeSlots, encodeSlot, type Slot } from '../root-key.js'
import type { FormatsGlue } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'

/** A branch key in the module with all formats. */
export type BranchHandle = Handle<FormatsGlue>

/** Who wraps, in the slot of a branch key. */
export const PROVIDER = 'tsutsumi-branch'

/** Nonce, data key and tag. */
const SEALED_LEN = 24 + 32 + 16

/** What the root key has to unwrap: the branch key in a slot. */
export function rootSlotOf(slot: Slot, provider: string): Slot {
  if (slot.provider !== PROVIDER) {
    throw new PolicyError('ERR_POLICY_KEY', 'the slot belongs to another key')
  }
  const [high = 0, low = 0] = slot.ciphertext
  const end = slot.ciphertext.length - SEALED_LEN
  if (2 + high * 256 + low !== end) {
    throw new FormatError('ERR_FORMAT_INVALID', 'a slot is malformed')
  }
  return { provider, info: slot.info.slice(), ciphertext: slot.ciphertext.slice(2, end) }
}

/** A slot with its branch key wrapped anew. */
export function withRootSlot(slot: Slot, rootSlot: Slot): Slot {
  const { length } = rootSlot.ciphertext
  const ciphertext = concat([
    Uint8Array.of(length >> 8, length & 0xff),
    rootSlot.ciphertext,
    slot.ciphertext.subarray(-SEALED_LEN),
  ])
  const rewrapped = { ...rootSlot, provider: PROVIDER, ciphertext }
  encodeSlot(rewrapped)
  return rewrapped
}

/** Hands a branch key to the core, together with what the root key made of it. */
export function branchHandle(
  formats: Instance<FormatsGlue>,
  key: DataKey,
  rootSlot: Slot,
): BranchHandle {
  const bytes = encodeSlot(rootSlot)
  const id = withDataKey(key, formats, (calls, data) =>
    calls.branchKeyNew(data, send(calls, bytes)),
  )
  return new Handle(formats, 'branch key', id)
}

/** What the root key wraps the branch keys of a partition under. */
export function boundTo(partition: string): Context {
  return { 'tsutsumi-branch': partition }
}

/** The name of a branch key that is kept: for whom it was unwrapped, and what it was before. */
export function nameOf(terms: readonly (string | number)[], slot: Slot): string {
  const text = (bytes: Uint8Array): string =>
    Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return JSON.stringify(['open', ...terms, text(slot.info), text(slot.ciphertext)])
}

/** Wraps a data key under a branch key. */
export function wrapUnder(
  handle: BranchHandle,
  version: string | undefined,
  dataKey: DataKey,
  context: Context,
): Slot {
  const bound = contextHandle(handle.instance, context, 'message')
  try {
    const [slot] = decodeSlots(
      withDataKey(dataKey, handle.instance, (calls, key) =>
        receive(calls, calls.branchKeyWrap(handle.id, key, bound.id)),
      ),
    )
    return version === undefined ? (slot as Slot) : { ...(slot as Slot), version }
  } finally {
    bound.dispose()
  }
}

/** Unwraps a data key under a branch key. */
export function unwrapUnder(handle: BranchHandle, slot: Uint8Array, context: Context): DataKey {
  const bound = contextHandle(handle.instance, context, 'message')
  try {
    return adoptDataKey(
      handle.enter((calls, id) => calls.branchKeyUnwrap(id, send(calls, slot), bound.id)),
      handle.instance,
    )
  } finally {
    bound.dispose()
  }
}
