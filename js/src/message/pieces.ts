/**
 * Bodies of messages, piece by piece, in the core.
 *
 * @module
 */

import type { Handle } from '../wasm/handle.js'
import { pushAll, receive, send, view } from '../wasm/memory.js'
import type { Sealing } from './seal.js'

/** Seals a piece; returns the frames completed by it, which may be none. */
export function sealPiece(sealer: Handle, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  return sealer.enter((core, id) => {
    const frames = receive(core, core.sealerPush(id, send(core, piece)))
    core.wipe()
    return frames
  })
}

/** Seals the final frame. */
export function sealEnd(sealer: Handle): Uint8Array<ArrayBuffer> {
  return sealer.enter((core) => {
    const frame = receive(core, core.sealerFinish(sealer.take()))
    core.wipe()
    return frame
  })
}

/** Opens a piece; returns the plaintext of the frames completed by it, which may be none. */
export function openPiece(opener: Handle, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  return opener.enter((core, id) => {
    const plaintext = receive(core, core.openerPush(id, send(core, piece)))
    core.wipe()
    return plaintext
  })
}

/** Checks that the final frame was seen. */
export function openEnd(opener: Handle): void {
  opener.enter((core) => core.openerFinish(opener.take()))
}

/** Plaintext bytes in every frame but the last. */
const FRAME_LEN = 65_536
const REGULAR_OVERHEAD = 32
const FINAL_OVERHEAD = 40

/** Room for a whole message, with its header. */
export function roomFor({ header }: Sealing, plaintextLength: number): Uint8Array<ArrayBuffer> {
  const frames = Math.max(1, Math.ceil(plaintextLength / FRAME_LEN))
  const overhead = (frames - 1) * REGULAR_OVERHEAD + FINAL_OVERHEAD
  const message = new Uint8Array(header.length + plaintextLength + overhead)
  message.set(header)
  return message
}

/** Seals what is left of a plaintext into an array from a place on; returns where it ends. */
export function sealRest(
  sealer: Handle,
  plaintext: Uint8Array,
  message: Uint8Array,
  start: number,
): number {
  return sealer.enter((core, id) => {
    const push = (length: number): number => core.sealerPush(id, length)
    const at = pushAll(core, push, plaintext, message, start)
    const length = core.sealerFinish(sealer.take())
    message.set(view(core, length), at)
    core.wipe()
    return at + length
  })
}

/** Opens what is left of a body behind the plaintext that is in the array by now; cuts that off. */
export function openRest(
  opener: Handle,
  body: Uint8Array,
  space: Uint8Array<ArrayBuffer>,
  start: number,
): Uint8Array<ArrayBuffer> {
  const end = opener.enter((core, id) => {
    const push = (length: number): number => core.openerPush(id, length)
    const at = pushAll(core, push, body, space, start)
    core.openerFinish(opener.take())
    core.wipe()
    return at
  })
  return fit(space, end)
}

/** Cuts an array off; not a copy where the platform can shrink one in place (Node 20 cannot). */
export function fit(space: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (length === space.length) return space
  const buffer: ArrayBuffer & { transfer?: (length: number) => ArrayBuffer } = space.buffer
  if (buffer.transfer !== undefined) return new Uint8Array(buffer.transfer(length))
  const exact = space.slice(0, length)
  space.fill(0)
  return exact
}
