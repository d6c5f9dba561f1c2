/**
 * What the key service says about a root key.
 *
 * @module
 */

import type { KmsDetails } from '../errors.js'
import { nonsense } from '../http/refusal.js'
import type { Reply } from '../http/rest.js'

/** Whether a root key can be used. */
export type RootKeyState = 'pre-activation' | 'active' | 'suspended' | 'deactivated' | 'destroyed'

/** A root key as the service describes it; never its material. */
export interface RootKeyDescription {
  readonly id: string
  /** Its full name: region, account, instance and id. */
  readonly crn: string
  readonly name: string
  readonly state: RootKeyState
  readonly aliases: readonly string[]
  readonly description: string | undefined
  /** Whether its material was brought from outside. */
  readonly imported: boolean
  readonly keyRing: string | undefined
  /** The version that wraps now. */
  readonly version: string | undefined
  /** When it was made, as RFC 3339. */
  readonly created: string | undefined
}

const STATES: readonly (RootKeyState | undefined)[] = [
  'pre-activation',
  'active',
  'suspended',
  'deactivated',
  undefined,
  'destroyed',
]

/** Reads the root keys of a reply that lists some. */
export function readDescriptions(reply: Reply, what: string): RootKeyDescription[] {
  const details = detailsOf(reply)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(reply.body))
  } catch {
    throw nonsense(`${what} with something that is not JSON`, details)
  }
  if (field(field(json, 'metadata'), 'collectionTotal') === undefined) {
    throw nonsense(`${what} with something that is no collection`, details)
  }
  const resources = field(json, 'resources') ?? []
  if (!Array.isArray(resources)) throw nonsense(`${what} without resources`, details)
  return resources.map((resource) => {
    const description = readDescription(resource)
    if (description === undefined) throw nonsense(`${what} with an incomplete key`, details)
    return description
  })
}

/** Reads the one root key of a reply. */
export function readOneDescription(reply: Reply, what: string): RootKeyDescription {
  const [description, ...others] = readDescriptions(reply, what)
  if (description !== undefined && others.length === 0) return description
  throw nonsense(`${what} with another number of keys than one`, detailsOf(reply))
}

function detailsOf({ status, correlationId, attempts }: Reply): KmsDetails {
  return { status, correlationId, attempts }
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function textAt(value: unknown, key: string): string | undefined {
  const text = field(value, key)
  return typeof text === 'string' ? text : undefined
}

function readDescription(resource: unknown): RootKeyDescription | undefined {
  const id = textAt(resource, 'id')
  const crn = textAt(resource, 'crn')
  const number = field(resource, 'state')
  const state = typeof number === 'number' ? STATES[number] : undefined
  if (id === undefined || crn === undefined || state === undefined) return undefined
  const aliases = field(resource, 'aliases')
  return {
    id,
    crn,
    state,
    name: textAt(resource, 'name') ?? '',
    aliases: Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === 'string') : [],
    description: textAt(resource, 'description'),
    imported: field(resource, 'imported') === true,
    keyRing: textAt(resource, 'keyRingID'),
    version: textAt(field(resource, 'keyVersion'), 'id'),
    created: textAt(resource, 'creationDate'),
  }
}
