/**
 * Root keys in key services whose addresses say which service it is.
 *
 * @module
 */

import type { RootKey } from '../index.js'
import { UsageError } from './exit.js'

type Env = NodeJS.ProcessEnv
type Opening = (found: RegExpExecArray, env: Env) => Promise<RootKey>

/** How each is written, and how it is opened. */
const SERVICES: readonly (readonly [pattern: RegExp, open: Opening])[] = [
  [/^arn:aws[a-z-]*:kms:([a-z0-9-]+):.+$/, openAws],
  [/^projects\/.*\/cryptoKeys\/[^/]+$/, openGcp],
  [/^(https:\/\/[^/]+)\/keys\/(.+)$/, openAzure],
  [/^vault:(?:(.+)\/)?([^/]+)$/, openVault],
]

/** Opens one; undefined for what is written otherwise. */
export async function openAddressed(name: string, env: Env): Promise<RootKey | undefined> {
  for (const [pattern, open] of SERVICES) {
    const found = pattern.exec(name)
    if (found !== null) return open(found, env)
  }
  return undefined
}

async function openAws([arn, region = '']: RegExpExecArray, env: Env): Promise<RootKey> {
  const { awsKms } = await import('../aws-kms.js')
  const sessionToken = env['AWS_SESSION_TOKEN']
  const credentials = {
    accessKeyId: need(env, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: need(env, 'AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken ? { sessionToken } : {}),
  }
  const url = env['AWS_ENDPOINT_URL_KMS'] ?? env['AWS_ENDPOINT_URL']
  const kms = awsKms({ region, credentials, ...(url ? { url } : {}) })
  return kms.key(arn)
}

async function openGcp([name]: RegExpExecArray, env: Env): Promise<RootKey> {
  const { gcpKms } = await import('../gcp-kms.js')
  return gcpKms({ token: need(env, 'GOOGLE_OAUTH_ACCESS_TOKEN') }).key(name)
}

async function openAzure([, url = '', id = '']: RegExpExecArray, env: Env): Promise<RootKey> {
  const { azureKeyVault } = await import('../azure-key-vault.js')
  return azureKeyVault({ url, token: need(env, 'AZURE_KEY_VAULT_TOKEN') }).key(id)
}

async function openVault([, mount, id = '']: RegExpExecArray, env: Env): Promise<RootKey> {
  const { vaultTransit } = await import('../vault-transit.js')
  const namespace = env['VAULT_NAMESPACE'] ?? env['BAO_NAMESPACE']
  const kms = vaultTransit({
    url: need(env, 'VAULT_ADDR', 'BAO_ADDR'),
    token: need(env, 'VAULT_TOKEN', 'BAO_TOKEN'),
    ...(mount === undefined ? {} : { mount }),
    ...(namespace ? { namespace } : {}),
  })
  return kms.key(id)
}

function need(env: Env, ...names: readonly string[]): string {
  for (const name of names) {
    const value = env[name]
    if (value !== undefined && value !== '') return value
  }
  throw new UsageError(
    `${names.join(' or ')} is not set`,
    '`tsutsumi encrypt --help` has them all.',
  )
}
