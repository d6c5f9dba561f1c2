/**
 * Content and keys under a key, by the core.
 *
 * @module
 */

import { adoptDataKey, type DataKey, withDataKey } from '../data-key.js'
import type { FormatsGlue } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'

/** Bytes of a nonce. */
export const NONCE_LEN = 12
/** Bytes of a tag. */
export const TAG_LEN = 16

type Formats = Instance<FormatsGlue>

/** Seals: nonce, ciphertext and tag, one behind the other. */
export function seal(
  formats: Formats,
  key: DataKey | Handle<FormatsGlue>,
  data: Uint8Array,
  content: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return withKey(formats, key, (core, id) =>
    receive(core, core.interopSeal(id, data.length, send(core, data, content))),
  )
}

/** Opens what {@link seal} returned, or what others made; the nonce has to have 12 bytes. */
export function open(
  formats: Formats,
  key: DataKey | Handle<FormatsGlue>,
  nonce: Uint8Array,
  data: Uint8Array,
  ...sealed: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  return withKey(formats, key, (core, id) => {
    const content = receive(
      core,
      core.interopOpen(id, data.length, send(core, nonce, data, ...sealed)),
    )
    core.wipe()
    return content
  })
}

/** Wraps a data key under a shared one: nonce, ciphertext and tag. */
export function wrap(
  formats: Formats,
  wrapping: Handle<FormatsGlue>,
  key: DataKey,
  data: Uint8Array,
  prefix: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return withDataKey(key, formats, (core, id) =>
    receive(core, core.interopWrap(wrapping.id, id, data.length, send(core, data, prefix))),
  )
}

/** Unwraps a data key; the nonce has to have 12 bytes. */
export function unwrap(
  formats: Formats,
  wrapping: Handle<FormatsGlue>,
  nonce: Uint8Array,
  data: Uint8Array,
  prefix: Uint8Array,
  ...wrapped: readonly Uint8Array[]
): DataKey {
  const id = formats.enter((core) => {
    const length = send(core, nonce, data, prefix, ...wrapped)
    return core.interopUnwrap(wrapping.id, data.length, prefix.length, length)
  })
  return adoptDataKey(id, formats)
}

function withKey<T>(
  formats: Formats,
  key: DataKey | Handle<FormatsGlue>,
  work: (core: Parameters<Parameters<Formats['enter']>[0]>[0], id: number) => T,
): T {
  if ('instance' in key) return formats.enter((core) => work(core, key.id))
  return withDataKey(key, formats, work)
}
