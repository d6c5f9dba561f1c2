/**
 * Data keys in the bodies of requests and replies: bytes that the core writes and reads.
 *
 * @module
 */

import { type Context, contextHandle } from '../context.js'
import { adoptDataKey, type DataKey, withDataKey } from '../data-key.js'
import { readReplyIn } from '../http/key-reply.js'
import type { Reply } from '../http/rest.js'
import { loadFormats } from '../wasm/formats.js'
import { core } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'

/** How a service writes bytes as text. */
export type TextEncoding = 'base64' | 'base64url'

const ENCODINGS: Readonly<Record<TextEncoding, number>> = { base64: 0, base64url: 1 }
const encoder = new TextEncoder()

/** Writes a request: text, the data key, text; whoever sends it overwrites it. */
export async function writeKey(
  dataKey: DataKey,
  before: string,
  after: string,
  encoding: TextEncoding,
): Promise<Uint8Array<ArrayBuffer>> {
  const [prefix, suffix] = [encoder.encode(before), encoder.encode(after)]
  return withDataKey(dataKey, await loadFormats(), (calls, key) => {
    send(calls, prefix, suffix)
    const length = calls.keyRequest(key, prefix.length, suffix.length, ENCODINGS[encoding])
    const body = receive(calls, length)
    calls.wipe()
    return body
  })
}

/**
 * Takes the data key out of a reply, and overwrites it.
 *
 * @param path - Names of fields, from outside to inside, with dots between.
 * @throws {@link KmsError} `ERR_KMS_PROTOCOL` for a reply without a key there: 32 bytes, or 16
 *   or 24 for messages of version 1, which the core uses for no other.
 */
export async function readKey(
  reply: Reply,
  path: string,
  encoding: TextEncoding,
): Promise<DataKey> {
  const field = encoder.encode(path)
  const formats = await loadFormats()
  const id = readReplyIn(
    formats,
    reply,
    (calls, length) => {
      const key = calls.keyReply(length, field.length, ENCODINGS[encoding])
      calls.wipe()
      return key
    },
    field,
  )
  return adoptDataKey(id, formats)
}

/** What stands for a context in a service that binds text: base64url of its SHA-384. */
export function contextText(context: Context): string {
  const handle = contextHandle(core, context, 'message')
  try {
    return handle.enter((calls, id) =>
      new TextDecoder().decode(receive(calls, calls.contextDigest(id))),
    )
  } finally {
    handle.dispose()
  }
}

/** Base64 of bytes that are no secret. */
export function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

/** Decodes base64, of either alphabet; undefined for anything else. */
export function fromBase64(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  try {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return Uint8Array.from(plain, (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
