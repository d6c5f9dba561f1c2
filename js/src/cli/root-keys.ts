/**
 * Root keys, as they are typed.
 *
 * @module
 */

import type { RootKey } from '../index.js'
import { openAddressed } from './clouds.js'
import { UsageError } from './exit.js'
import { openLocal } from './local-keys.js'
import { type ConnectionOptions, findConnection, keyProtectOptions } from './settings.js'

/** Options that name root keys. */
export interface RootKeyOptions extends ConnectionOptions {
  readonly rootKey?: readonly string[]
  readonly passphraseFile?: string
}

/** How root keys are written, for help texts. */
export const ROOT_KEYS = `Root keys, by how they are written:
  orders                                  Key Protect, by alias or id
  crn:v1:bluemix:public:kms:…:key:…       Key Protect, by CRN
  arn:aws:kms:REGION:ACCOUNT:key/ID       AWS KMS; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
                                          AWS_SESSION_TOKEN, AWS_ENDPOINT_URL_KMS
  projects/P/locations/L/keyRings/R/cryptoKeys/K
                                          Google Cloud KMS; GOOGLE_OAUTH_ACCESS_TOKEN
  https://NAME.vault.azure.net/keys/K/V   Azure Key Vault; AZURE_KEY_VAULT_TOKEN
  vault:MOUNT/KEY                         Vault or OpenBao Transit; VAULT_ADDR, VAULT_TOKEN,
                                          VAULT_NAMESPACE, or BAO_ADDR, BAO_TOKEN, BAO_NAMESPACE
  file:PATH                               32 random bytes in a file: head -c 32 /dev/urandom
  passphrase                              a passphrase, asked for or read from --passphrase-file

Given several times, --root-key wraps under all of them, and any of them opens.`

/** Opens the root keys that were named, each with what it needs. */
export async function openRootKeys(
  options: RootKeyOptions,
  purpose: 'encrypt' | 'decrypt',
): Promise<RootKey[]> {
  const named = options.rootKey ?? (process.env['TSUTSUMI_ROOT_KEY'] ?? '').split(/\s+/)
  const names = named.filter((name) => name !== '')
  if (names.length === 0) {
    throw new UsageError(
      'no root key is named',
      'Pass --root-key, or set TSUTSUMI_ROOT_KEY; `tsutsumi keys list` shows those there are.',
    )
  }
  const keys: RootKey[] = []
  for (const name of names) keys.push(await open(name, options, purpose))
  return keys
}

async function open(
  name: string,
  options: RootKeyOptions,
  purpose: 'encrypt' | 'decrypt',
): Promise<RootKey> {
  const addressed = await openAddressed(name, process.env)
  if (addressed !== undefined) return addressed
  const local = await openLocal(name, options.passphraseFile, purpose)
  if (local !== undefined) return local
  const { keyProtect } = await import('../key-protect.js')
  return keyProtect(keyProtectOptions(findConnection(options))).key(name)
}
