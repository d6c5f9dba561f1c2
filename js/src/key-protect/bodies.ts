/**
 * Bodies of requests to Key Protect and of its replies.
 *
 * @module
 */

import { splitFields } from '../bytes.js'
import { type Context, contextHandle } from '../context.js'
import { readReply } from '../http/key-reply.js'
import { nonsense } from '../http/refusal.js'
import type { Reply } from '../http/rest.js'
import type { Slot } from '../root-key.js'
import { type Core, core, enter } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'

/** Who wraps, in a slot of Key Protect. */
export const PROVIDER = 'ibm-key-protect'

/** The slot that a reply makes. */
export function slotOf(crn: string, reply: Reply): Slot {
  const [ciphertext, version] = splitFields(
    readReply(reply, (calls, length) => receive(calls, calls.keyProtectReadWrapReply(length))),
    4,
  )
  if (ciphertext === undefined) throw nonsense('a wrap without a wrapped key', reply)
  // spec: K-1
  const slot = { provider: PROVIDER, info: new TextEncoder().encode(crn), ciphertext }
  if (version === undefined || version.length === 0) return slot
  return { ...slot, version: new TextDecoder().decode(version) }
}

/** What an unwrap or a rewrap sends. */
export function openRequest(
  ciphertext: Uint8Array,
  { context, aad }: { readonly context: Context; readonly aad?: readonly string[] | undefined },
): Uint8Array<ArrayBuffer> {
  if (aad === undefined) {
    return withContext(context, (calls, bound) =>
      receive(calls, calls.keyProtectUnwrapRequest(send(calls, ciphertext), bound)),
    )
  }
  // Nothing in it is secret: it may pass through text.
  const text = new TextDecoder().decode(ciphertext)
  return new TextEncoder().encode(JSON.stringify({ ciphertext: text, aad }))
}

/** Runs calls of the core on a context. */
export function withContext<T>(context: Context, work: (calls: Core, context: number) => T): T {
  const bound = contextHandle(core, context, 'message')
  try {
    return enter((calls) => {
      const result = work(calls, bound.id)
      calls.wipe()
      return result
    })
  } finally {
    bound.dispose()
  }
}
