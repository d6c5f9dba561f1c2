/**
 * Objects as streams.
 *
 * @module
 */

import { openedObject, sealedObject } from '../bulk/object.js'
import { type OpenedHeader, Opening } from '../bulk/opening.js'
import { Sealing } from '../bulk/sealing.js'
import { type BytePair, relay } from '../message/relay.js'
import { Pledge } from '../pledge.js'
import type { StoredSlot } from '../slot/stored.js'
import { send } from '../wasm/memory.js'
import { beginObject, endsEarly, HEADER_LEN, headerOf, openUnder, type Terms } from './work.js'

type Bytes = Uint8Array<ArrayBuffer>

/** Plaintext in, an object out; see {@link Objects.sealStream}. */
export interface SealObjectStream extends BytePair {
  /** What to keep beside the object, as soon as the data key is wrapped. */
  readonly slots: Promise<StoredSlot[]>
}

/** Makes the two ends of sealing. */
export function sealObjectStream(terms: Terms): SealObjectStream {
  const slots = new Pledge<StoredSlot[]>()
  const sealing = new Sealing(async (signal) => {
    slots.endWith(signal)
    const begun = await beginObject({ ...terms, signal })
    slots.keep(begun.slots)
    return { header: begun.header, handle: begun.work, inside: sealedObject(begun.work) }
  })
  return { ...relay(() => sealing, terms.signal), slots: slots.promise }
}

/** Makes the two ends of opening. */
export function openObjectStream(terms: Terms, slots: string | readonly StoredSlot[]): BytePair {
  const read = async (start: Bytes, signal: AbortSignal): Promise<OpenedHeader | undefined> => {
    if (start.length < HEADER_LEN) return undefined
    const [header, rest] = [headerOf(start), start.subarray(HEADER_LEN)]
    const work = await openUnder({ ...terms, signal }, slots, (core, key, context) =>
      core.objectOpenerNew(key, context, send(core, header)),
    )
    return { inside: () => openedObject(work), rest, handle: work }
  }
  const short = ({ length }: Bytes): never => endsEarly(length)
  return relay(() => new Opening({ what: 'object', read, short }), terms.signal)
}
