/**
 * Root keys of the user's own: a file of random bytes, a passphrase.
 *
 * @module
 */

import { type RootKey, wrappingKey } from '../index.js'
import { UsageError } from './exit.js'
import { readSmall } from './input.js'
import { readPassphrase } from './passphrase.js'

const KEY_LEN = 32

/** Opens one; undefined for what is written otherwise. */
export async function openLocal(
  name: string,
  passphraseFile: string | undefined,
  purpose: 'encrypt' | 'decrypt',
): Promise<RootKey | undefined> {
  if (name === 'passphrase') {
    const { passphraseKey } = await import('../local.js')
    const passphrase = await readPassphrase(passphraseFile, purpose)
    try {
      return passphraseKey(passphrase)
    } finally {
      passphrase.fill(0)
    }
  }
  return name.startsWith('file:') ? openFile(name.slice('file:'.length)) : undefined
}

async function openFile(path: string): Promise<RootKey> {
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
