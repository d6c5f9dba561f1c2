/**
 * Root keys in key services whose addresses say which service it is.
 *
 * @module
 */

import type { RootKey } from '../index.js'

/** A root key that is known by how it is written. */
export type AddressedKey = RootKey

/** Opens one; undefined for what is written otherwise. */
export async function openAddressed(
  _name: string,
  _env: NodeJS.ProcessEnv,
): Promise<AddressedKey | undefined> {
  return undefined
}
