/**
 * The writing side of a message: a data key, wrapped once for each root key, then frames.
 *
 * @module
 */

import { type Context, contextHandle, joined, optionalHandle } from '../context.js'
import { generateDataKey, withDataKey } from '../data-key.js'
import type { RootKey } from '../root-key.js'
import { Handle } from '../wasm/handle.js'
import type { Core, Glue, Instance } from '../wasm/instance.js'
import { receive, send, view } from '../wasm/memory.js'
import { wrapAll } from './wrap.js'

/** What is written. */
const SUITE = 0x0478

/** A message begun: its header, and what seals the rest. */
export interface Sealing {
  readonly header: Uint8Array<ArrayBuffer>
  readonly sealer: Handle
}

/** When to give up, and how much there is to seal, if that is known. */
export interface SealBounds {
  readonly signal: AbortSignal | undefined
  readonly plaintextBytes?: number
}

/** What {@link wrapNew} hands to its work: the numbers of key and context, and the slots. */
export interface Wrapped {
  readonly dataKey: number
  readonly context: number
  readonly slots: Uint8Array
}

/** Makes a data key, has every root key wrap it, and runs calls of an instance on it. */
export async function wrapNew<G extends Glue, T>(
  instance: Instance<G>,
  rootKeys: readonly RootKey[],
  context: Context,
  { signal, plaintextBytes }: SealBounds,
  work: (core: Core<G>, wrapped: Wrapped) => T,
): Promise<T> {
  signal?.throwIfAborted()
  const bound = contextHandle(instance, context, 'caller')
  const dataKey = generateDataKey(instance)
  try {
    const options = {
      ...{ context, suite: SUITE, commitment: 'required' },
      ...(plaintextBytes === undefined ? {} : { plaintextBytes }),
      ...(signal === undefined ? {} : { signal }),
    }
    const bytes = await wrapAll(rootKeys, dataKey, options)
    return withDataKey(dataKey, instance, (core, key) =>
      work(core, { dataKey: key, context: bound.id, slots: bytes }),
    )
  } finally {
    dataKey.dispose()
    bound.dispose()
  }
}

/** Who may open a message, and what it is bound to. */
export interface SealTerms extends SealBounds {
  readonly rootKeys: readonly RootKey[]
  readonly context: Context
  readonly requiredContext: Context
}

/** Makes a data key, has every root key wrap it under all pairs, and begins a message. */
export async function beginSealing(instance: Instance, terms: SealTerms): Promise<Sealing> {
  const { rootKeys, requiredContext } = terms
  const all = joined(terms.context, requiredContext)
  return await wrapNew(instance, rootKeys, all, terms, (core, { dataKey, context, slots }) => {
    const unstored = optionalHandle(instance, requiredContext)
    const stored = unstored && contextHandle(instance, terms.context, 'caller')
    try {
      const ids = [stored?.id ?? context, unstored?.id ?? 0] as const
      const id = core.sealerNew(dataKey, ...ids, send(core, slots), 0)
      const header = receive(core, core.outputLength())
      return { header, sealer: new Handle(instance, 'message', id) }
    } finally {
      stored?.dispose()
      unstored?.dispose()
    }
  })
}

/** Seals a plaintext of at most 65,536 bytes, which is one frame. */
export function sealShort(
  { header, sealer }: Sealing,
  plaintext: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return sealer.enter((core, id) => {
    core.sealerPush(id, send(core, plaintext))
    const length = core.sealerFinish(sealer.take())
    const message = new Uint8Array(header.length + length)
    message.set(header)
    message.set(view(core, length), header.length)
    core.wipe()
    return message
  })
}
