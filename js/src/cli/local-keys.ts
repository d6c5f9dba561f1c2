/**
 * Root keys of the user's own: a file of random bytes, a passphrase.
 *
 * @module
 */

import { type RootKey, wrappingKey } from '../index.js'
import { UsageError } from './exit.js'
import { readSmall } from './input.js'

const KEY_LEN = 32

/** Opens one; undefined for what is written otherwise. */
export async function openLocal(
  name: string,
  _passphraseFile: string | undefined,
  _purpose: 'encrypt' | 'decrypt',
): Promise<RootKey | undefined> {
  if (!name.startsWith('file:')) return undefined
  const path = name.slice('file:'.length)
  const bytes = await readSmall(path, 4096)
  try {
    if (bytes.length !== KEY_LEN) {
      throw new UsageError(
        `\`${path}\` has ${bytes.length} bytes, and a key has ${KEY_LEN}`,
        'Make one with `head -c 32 /dev/urandom > FILE`; it is bytes, not text.',
      )
    }
    return wrappingKey(bytes, { namespace: 'tsutsumi', name: 'file' })
  } finally {
    bytes.fill(0)
  }
}
