/**
 * What the module with all formats does for an object.
 *
 * @module
 */

import { type Context, contextHandle } from '../context.js'
import { type DataKey, generateDataKey, withDataKey } from '../data-key.js'
import { FormatError } from '../errors.js'
import type { RootKey } from '../root-key.js'
import { openSlots, type StoredSlot, wrapSlots } from '../slot/stored.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import type { Core } from '../wasm/instance.js'
import { pushAll, receive, send, view } from '../wasm/memory.js'

/** Bytes of salt and commitment. */
export const HEADER_LEN = 56

/** Plaintext bytes of a chunk, and what sealing adds to each. */
export const CHUNK_LEN = 16_384
const TAG_LEN = 16
/** Bytes of a chunk as it is stored. */
export const SEALED_CHUNK_LEN: number = CHUNK_LEN + TAG_LEN

/** A handle in the module. */
export type Work = Handle<FormatsGlue>

/** An object begun. */
export interface Begun {
  readonly header: Uint8Array<ArrayBuffer>
  readonly work: Work
  readonly slots: StoredSlot[]
}

/** What an object is sealed or opened under. */
export interface Terms {
  readonly rootKeys: readonly RootKey[]
  readonly context: Context
  /** What the body itself is bound to, where that is not what its slots are bound to. */
  readonly body?: Context
  readonly signal: AbortSignal | undefined
}

function optionsOf({ context, signal }: Terms): {
  readonly context: Context
  readonly signal?: AbortSignal
} {
  return signal === undefined ? { context } : { context, signal }
}

/** Makes a data key, has it wrapped, and begins an object. */
export async function beginObject(terms: Terms): Promise<Begun> {
  const formats = await loadFormats()
  terms.signal?.throwIfAborted()
  const dataKey = generateDataKey(formats)
  try {
    const slots = await wrapSlots(dataKey, terms.rootKeys, optionsOf(terms))
    let header = new Uint8Array(0)
    const work = await under(dataKey, terms.body ?? terms.context, (core, key, context) => {
      const id = core.objectSealerNew(key, context)
      header = receive(core, core.outputLength())
      return id
    })
    return { header, work, slots }
  } finally {
    dataKey.dispose()
  }
}

/** Opens the slots, and runs calls on the data key that make a handle. */
export async function openUnder(
  terms: Terms,
  slots: string | readonly StoredSlot[],
  make: (core: Core<FormatsGlue>, key: number, context: number) => number,
): Promise<Work> {
  const dataKey = await openSlots(slots, terms.rootKeys, optionsOf(terms))
  try {
    return await under(dataKey, terms.body ?? terms.context, make)
  } finally {
    dataKey.dispose()
  }
}

async function under(
  dataKey: DataKey,
  context: Context,
  make: (core: Core<FormatsGlue>, key: number, context: number) => number,
): Promise<Work> {
  const formats = await loadFormats()
  const bound = contextHandle(formats, context, 'caller')
  try {
    const id = withDataKey(dataKey, formats, (core, key) => make(core, key, bound.id))
    return new Handle(formats, 'object', id)
  } finally {
    bound.dispose()
  }
}

/** The header of an object, if it has one. */
export function headerOf(object: Uint8Array): Uint8Array {
  if (object.length >= HEADER_LEN) return object.subarray(0, HEADER_LEN)
  return endsEarly(object.length)
}

/** Refuses an object that ends where none can. */
export function endsEarly(offset: number): never {
  throw new FormatError('ERR_FORMAT_TRUNCATED', 'no object ends here', { offset })
}

/** Bytes that an object has in all. */
export function sealedLength(length: number): number {
  return HEADER_LEN + length + TAG_LEN * (Math.floor(length / CHUNK_LEN) + 1)
}

type Step = 'objectSealerPush' | 'objectOpenerPush'
type Last = 'objectSealerFinish' | 'objectOpenerFinish'

/** Puts a piece through; returns what it completes. */
export function pushPiece(work: Work, step: Step, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  return work.enter((core, id) => {
    const out = receive(core, core[step](id, send(core, piece)))
    core.wipe()
    return out
  })
}

/** Ends it; returns the rest. */
export function pushEnd(work: Work, last: Last): Uint8Array<ArrayBuffer> {
  return work.enter((core) => {
    const out = receive(core, core[last](work.take()))
    core.wipe()
    return out
  })
}

/** Puts what is left through, behind what is in the array by now; returns where it ends. */
export function pushRest(
  work: Work,
  [step, last]: readonly [Step, Last],
  bytes: Uint8Array,
  space: Uint8Array,
  start: number,
): number {
  let at = start
  work.enter((core, id) => {
    at = pushAll(core, (length) => core[step](id, length), bytes, space, start)
    const length = core[last](work.take())
    space.set(view(core, length), at)
    at += length
    core.wipe()
  })
  return at
}
