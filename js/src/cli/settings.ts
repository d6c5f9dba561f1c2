/**
 * Where credentials and addresses come from: options, a file, the environment, in that order.
 *
 * @module
 */

import { readFileSync, statSync } from 'node:fs'
import type { KeyProtectOptions } from '../key-protect.js'
import { CommandError, UsageError } from './exit.js'

/** Options that say how Key Protect is reached. */
export interface ConnectionOptions {
  readonly instance?: string
  readonly region?: string
  readonly url?: string
  readonly iamUrl?: string
  readonly keyRing?: string
  readonly credentials?: string
}

/** Variables of the environment, for help texts. */
export const ENVIRONMENT = `Environment:
  IBMCLOUD_API_KEY, IC_API_KEY           API key
  IC_IAM_TOKEN                           access token, in place of an API key
  KP_INSTANCE_ID                         GUID of the instance
  IBMCLOUD_REGION, IC_REGION             region, such as us-south
  KP_TARGET_ADDR                         address of the service, in place of a region
  IBMCLOUD_IAM_API_ENDPOINT              where API keys are exchanged for tokens
  TSUTSUMI_CREDENTIALS                   file of credentials
  TSUTSUMI_ROOT_KEY                      root keys, separated by spaces

Options go before the file named by --credentials, that before the environment, and the file named
by TSUTSUMI_CREDENTIALS comes last. A file of credentials is JSON with any of the members apikey,
token, instance_id, region, url, iam_url: what \`ibmcloud iam api-key-create --file\` writes, what
the credentials of a service in the IBM Cloud console show, or what \`tsutsumi serve\` writes.
Secrets are never options: every user of the machine can read the arguments of a program.`

/** One setting, and where it was found. */
export interface Found {
  readonly value: string
  readonly from: string
}

/** What is known about how to reach Key Protect. */
export type Connection = Readonly<Record<Setting, Found | undefined>>

type Setting = 'apiKey' | 'token' | 'instance' | 'region' | 'url' | 'iamUrl' | 'keyRing'

const VARIABLES: Readonly<Record<Setting, readonly string[]>> = {
  apiKey: ['IBMCLOUD_API_KEY', 'IC_API_KEY'],
  token: ['IC_IAM_TOKEN'],
  instance: ['KP_INSTANCE_ID'],
  region: ['IBMCLOUD_REGION', 'IC_REGION'],
  url: ['KP_TARGET_ADDR'],
  iamUrl: ['IBMCLOUD_IAM_API_ENDPOINT'],
  keyRing: [],
}

const MEMBERS: Readonly<Record<Setting, readonly string[]>> = {
  apiKey: ['apikey', 'apiKey', 'api_key'],
  token: ['token', 'access_token'],
  instance: ['instance_id', 'instance', 'instanceId'],
  region: ['region'],
  url: ['url', 'endpoint'],
  iamUrl: ['iam_url', 'iamUrl'],
  keyRing: ['key_ring'],
}

type Source = (setting: Setting) => Found | undefined

/** Looks for every setting. */
export function findConnection(
  options: ConnectionOptions,
  env: NodeJS.ProcessEnv = process.env,
): Connection {
  const sources: Source[] = [fromOptions(options)]
  if (options.credentials !== undefined) sources.push(fromFile(options.credentials))
  sources.push(fromEnvironment(env))
  const file = env['TSUTSUMI_CREDENTIALS']
  if (file !== undefined && file !== '') sources.push(fromFile(file))
  // Alternatives are of one source: an address given by hand goes before a region in a file.
  const apiKeyOrToken = first(sources, ['apiKey', 'token'])
  const urlOrRegion = first(sources, ['url', 'region'])
  return {
    apiKey: apiKeyOrToken.apiKey,
    token: apiKeyOrToken.token,
    url: urlOrRegion.url,
    region: urlOrRegion.region,
    ...first(sources, ['instance']),
    ...first(sources, ['iamUrl']),
    ...first(sources, ['keyRing']),
  } as Connection
}

function first(
  sources: readonly Source[],
  names: readonly Setting[],
): Partial<Record<Setting, Found>> {
  for (const source of sources) {
    for (const name of names) {
      const found = source(name)
      if (found !== undefined) return { [name]: found }
    }
  }
  return {}
}

function fromOptions(options: ConnectionOptions): Source {
  return (setting) => {
    if (setting === 'apiKey' || setting === 'token') return undefined
    const value = options[setting]
    const name = setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    return value === undefined ? undefined : { value, from: `--${name}` }
  }
}

function fromEnvironment(env: NodeJS.ProcessEnv): Source {
  return (setting) => {
    for (const name of VARIABLES[setting]) {
      const value = env[name]
      if (value !== undefined && value !== '') return { value, from: name }
    }
    return undefined
  }
}

function fromFile(path: string): Source {
  const members = readCredentials(path)
  return (setting) => {
    for (const name of MEMBERS[setting]) {
      const value: unknown = Reflect.get(members, name)
      if (typeof value === 'string' && value !== '') return { value, from: `\`${path}\`` }
    }
    return undefined
  }
}

function readCredentials(path: string): object {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`the credentials cannot be read: ${(error as Error).message}`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new UsageError(`\`${path}\` is no file of credentials: it is not JSON`)
  }
  if (typeof json !== 'object' || json === null) {
    throw new UsageError(`\`${path}\` is no file of credentials: it is no JSON object`)
  }
  return json
}

/** Whether others than the owner may read a file. */
export function isOpenToOthers(path: string): boolean {
  try {
    return process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0
  } catch {
    return false
  }
}

/**
 * What a client of Key Protect takes.
 *
 * @throws {@link UsageError} that says what is missing, and every place where it can be given.
 */
export function keyProtectOptions(connection: Connection): KeyProtectOptions {
  const { apiKey, token, instance, region, url, iamUrl, keyRing } = connection
  if (instance === undefined) {
    throw new UsageError(
      'the instance of Key Protect is not known',
      'Set KP_INSTANCE_ID, pass --instance, or name a file with --credentials.',
    )
  }
  if (url === undefined && region === undefined) {
    throw new UsageError(
      'the region of Key Protect is not known',
      'Set IBMCLOUD_REGION or KP_TARGET_ADDR, pass --region or --url, or use --credentials.',
    )
  }
  if (apiKey === undefined && token === undefined) {
    throw new UsageError(
      'there are no credentials for Key Protect',
      'Set IBMCLOUD_API_KEY or IC_IAM_TOKEN, or name a file with --credentials.',
    )
  }
  return {
    instance: instance.value,
    ...(url === undefined ? { region: region?.value ?? '' } : { url: url.value }),
    ...(apiKey === undefined ? { token: bare(token?.value ?? '') } : { apiKey: apiKey.value }),
    ...(iamUrl === undefined ? {} : { iamUrl: iamUrl.value }),
    ...(keyRing === undefined ? {} : { keyRing: keyRing.value }),
  }
}

// `ibmcloud iam oauth-tokens` prints tokens with the word in front of them.
function bare(token: string): string {
  return token.replace(/^Bearer /i, '')
}
