/**
 * Root keys of an envelope without the core.
 *
 * @module
 */

import type { Slot, WrapOptions } from '../root-key.js'

/**
 * Something that wraps and unwraps data keys that are handles of the platform.
 *
 * `unwrap` must reject with a {@link PolicyError} `ERR_POLICY_KEY`, without calling anybody, for a
 * slot of another root key: the slots of a message are an attacker's to choose.
 */
export interface RootKey {
  /** Who this is in a slot. */
  readonly provider: string
  /** Which key of the provider's this is, as the caller named it. */
  readonly id: string
  /** Wraps a data key: an AES-256 key that can be wrapped or exported, for this call alone. */
  wrap(dataKey: CryptoKey, options?: WrapOptions): Promise<Slot>
  /** Unwraps what {@link RootKey.wrap} returned, as a key for HKDF that cannot be exported. */
  unwrap(slot: Slot, options?: WrapOptions): Promise<CryptoKey>
}
