/**
 * Versions of a root key, and how it gets a new one.
 *
 * @module
 */

import { base64Bytes, readBytes } from '../bytes.js'
import { at, nonsense } from '../http/refusal.js'
import type { Reply } from '../http/rest.js'
import { readOptions, readSignal, refuse } from '../options.js'

/** One version of a root key. */
export interface KeyVersion {
  readonly id: string
  /** When it was made, as RFC 3339. */
  readonly created: string | undefined
}

/** Options of {@link KeyProtectRootKey.rotate}. */
export interface RotateOptions {
  /** New material, 16, 24 or 32 bytes, for a key that was imported. */
  readonly material?: Uint8Array | ArrayBuffer
  /** Ends the call early. */
  readonly signal?: AbortSignal
}

/** Checks the options of a rotation and writes its request. */
export function rotation(options: RotateOptions | undefined): {
  readonly body: Uint8Array<ArrayBuffer> | undefined
  readonly signal: AbortSignal | undefined
} {
  const read = readOptions(options, 'options', ['material', 'signal'])
  const signal = readSignal(read.signal)
  if (read.material === undefined) return { body: undefined, signal }
  const material = readBytes(read.material, 'material')
  if (![16, 24, 32].includes(material.length)) refuse('material', 'has to have 16, 24 or 32 bytes')
  const encoder = new TextEncoder()
  const text = base64Bytes(material)
  const [start, end] = [encoder.encode('{"payload":"'), encoder.encode('"}')]
  const body = new Uint8Array(start.length + text.length + end.length)
  body.set(start)
  body.set(text, start.length)
  body.set(end, start.length + text.length)
  text.fill(0)
  return { body, signal }
}

/** Reads the versions in a reply, newest first. */
export function readVersions({ body, status, correlationId, attempts }: Reply): KeyVersion[] {
  const details = { status, correlationId, attempts }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(body))
  } catch {
    throw nonsense('a request for versions with something that is not JSON', details)
  }
  const resources = at(json, 'resources') ?? []
  if (!Array.isArray(resources)) throw nonsense('a request for versions without any', details)
  const versions = resources.map((resource): KeyVersion => {
    const [id, created] = [at(resource, 'id'), at(resource, 'creationDate')]
    if (typeof id !== 'string') throw nonsense('a request for versions with one of no id', details)
    return { id, created: typeof created === 'string' ? created : undefined }
  })
  // Services differ in the order.
  return versions.sort((a, b) => (b.created ?? '').localeCompare(a.created ?? ''))
}
