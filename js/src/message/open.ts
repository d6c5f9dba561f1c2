/**
 * The reading side of a message: its header, the root key that opens it, then frames.
 *
 * @module
 */

import {
  type Context,
  contextOfHeader,
  joined,
  matchContext,
  optionalHandle,
  own,
  unstoredOf,
} from '../context.js'
import { type DataKey, withDataKey } from '../data-key.js'
import { MisuseError } from '../errors.js'
import { decodeSlots, type RootKey } from '../root-key.js'
import { loadFormats } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import { core, type Instance } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'
import type { Limits } from './limits.js'
import { type Allowed, isFormats, needsFormats } from './suites.js'
import { unwrapAny } from './unwrap.js'

/** What root keys that remember something are told of what is allowed. */
const POLICIES = ['required', 'allow-uncommitted', 'allow-identity'] as const

/** Bytes that are tried first as a header. */
const HEADER_LEN_TRIED = 2_048

/** Who may open a message, and under which context. */
export interface OpenTerms {
  readonly rootKeys: readonly RootKey[]
  readonly context: Context | 'unchecked'
  readonly requiredContext: Context
  readonly allowed: Allowed
  readonly limits: Required<Limits>
  readonly signal: AbortSignal | undefined
}

/** A message whose header is authentic, and what opens the rest. */
export interface Opening {
  readonly context: Context
  readonly opener: Handle
}

/** {@link readHeader} in the module that is for this message, which is loaded if need be. */
export async function readHeaderOf(
  bytes: Uint8Array,
  { allowed, limits }: OpenTerms,
): Promise<Handle | undefined> {
  if (!needsFormats(bytes, allowed)) return readHeader(core, bytes, limits)
  return readHeader((await loadFormats()) as unknown as Instance, bytes, limits, allowed)
}

/**
 * Reads a header as far as the bytes go; undefined means that more are needed.
 *
 * @throws {@link MisuseError} `ERR_LIMIT` for a header over the limits.
 * @throws {@link FormatError} `ERR_FORMAT_*` for bytes that begin no message.
 */
export function readHeader(
  instance: Instance,
  bytes: Uint8Array,
  limits: Required<Limits>,
  allowed: Allowed = 0,
): Handle | undefined {
  const { slots, headerBytes, frameBytes } = limits
  // Most headers are short: the core is not handed 128 KiB, nor does it grow by that, to read one.
  for (let length = HEADER_LEN_TRIED; ; length *= 8) {
    const start = bytes.subarray(0, Math.min(length, headerBytes))
    const id = instance.enter((core) => {
      const length = send(core, start)
      return isFormats(core)
        ? core.headerReadAllowing(length, slots, headerBytes, frameBytes, allowed)
        : core.headerRead(length, slots, headerBytes, frameBytes)
    })
    if (id !== 0) return new Handle(instance, 'header', id)
    if (start.length === headerBytes) break
    if (start.length === bytes.length) return undefined
  }
  throw new MisuseError('ERR_LIMIT', 'the header is longer than allowed', {
    hint: 'Raise `limits.headerBytes` if the message is to be trusted.',
  })
}

/** How many bytes of the message the header takes. */
export function headerLength(header: Handle): number {
  return header.enter((core, id) => core.headerLength(id))
}

/** A header whose data key was unwrapped; nothing in it is authentic yet. */
export interface Unlocked {
  readonly context: Context
  /** The pairs that were authenticated with the message, but are not stored in it. */
  readonly unstored: Context
  readonly dataKey: DataKey
}

/** Compares the context, and finds the root key that opens a slot. */
export async function unlock(header: Handle, terms: OpenTerms): Promise<Unlocked> {
  terms.signal?.throwIfAborted()
  const stored = contextOfHeader(header)
  if (terms.context !== 'unchecked') matchContext(header, stored, terms.context)
  const unstored = unstoredOf(stored, terms.requiredContext)
  const slots = decodeSlots(header.enter((core, id) => receive(core, core.headerSlots(id))))
  const suite = header.enter((core, id) => core.headerSuite(id))
  const { rootKeys, allowed, signal } = terms
  const bound = { context: joined(stored, unstored), suite, commitment: POLICIES[allowed] }
  const options = signal === undefined ? bound : { ...bound, signal }
  const dataKey = await unwrapAny(rootKeys, slots, options, (key) => key.dispose())
  return { context: own(stored), unstored, dataKey }
}

/** Compares the context, finds the root key that opens a slot, and checks the header under it. */
export async function beginOpening(header: Handle, terms: OpenTerms): Promise<Opening> {
  const { context, unstored, dataKey } = await unlock(header, terms)
  try {
    return { context, opener: newOpener(header, dataKey, unstored, terms.allowed) }
  } finally {
    dataKey.dispose()
  }
}

function newOpener(header: Handle, dataKey: DataKey, unstored: Context, allowed: Allowed): Handle {
  const { instance, id } = header
  const bound = optionalHandle(instance, unstored)
  try {
    const opener = withDataKey(dataKey, instance, (core, key) =>
      isFormats(core)
        ? core.openerNewAllowing(id, key, bound?.id ?? 0, allowed)
        : core.openerNew(id, key, bound?.id ?? 0),
    )
    return new Handle(instance, 'message', opener)
  } finally {
    bound?.dispose()
  }
}

/** Opens a body of at most 65,536 bytes. */
export function openShort(opener: Handle, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return opener.enter((core, id) => {
    const plaintext = receive(core, core.openerPush(id, send(core, body)))
    try {
      core.openerFinish(opener.take())
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
    core.wipe()
    return plaintext
  })
}
