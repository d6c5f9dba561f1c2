/**
 * A second, independent writer of messages, on node:crypto, with frames of any length.
 *
 * Written from the message format alone: version 2, suite 0x0478; and the suites of version 1 with
 * 32-byte keys and no signature.
 */

import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Context, RootKey, Slot } from 'tsutsumi'
import { adoptDataKey } from '../../dist/data-key.js'
import { enter } from '../../dist/wasm/instance.js'
import { send } from '../../dist/wasm/memory.js'

const SUITE = Buffer.of(0x04, 0x78)

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function field(bytes: Uint8Array | string): Buffer {
  const data = Buffer.from(bytes as string)
  return Buffer.concat([u16(data.length), data])
}

function gcm(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** What a message is to be made of. */
export interface ReferenceParts {
  readonly dataKey: Uint8Array
  readonly context: Context
  readonly slot: Slot
  readonly frameLength: number
  readonly plaintext: Uint8Array
}

// The context and the one slot, as both versions have them.
function sections({ context, slot }: ReferenceParts): Buffer {
  const pairs = Object.entries(context)
    .map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const)
    .sort(([a], [b]) => Buffer.compare(a, b))
  const section = Buffer.concat(pairs.flatMap(([name, value]) => [field(name), field(value)]))
  return Buffer.concat([
    pairs.length === 0 ? u16(0) : field(Buffer.concat([u16(pairs.length), section])),
    u16(1),
    field(slot.provider),
    field(slot.info),
    field(slot.ciphertext),
  ])
}

function body(parts: ReferenceParts, messageId: Uint8Array, key: Uint8Array): Buffer {
  const { frameLength, plaintext } = parts
  const out: Buffer[] = []
  for (let from = 0, sequence = 1; ; sequence++) {
    const content = plaintext.subarray(from, from + frameLength)
    from += frameLength
    const last = from >= plaintext.length
    const iv = Buffer.concat([Buffer.alloc(8), u32(sequence)])
    const label = `AWSKMSEncryptionClient ${last ? 'Final Frame' : 'Frame'}`
    const length = Buffer.concat([u32(0), u32(content.length)])
    const aad = Buffer.concat([messageId, Buffer.from(label), u32(sequence), length])
    if (last) out.push(u32(0xffff_ffff))
    out.push(u32(sequence), iv)
    if (last) out.push(u32(content.length))
    out.push(gcm(key, iv, aad, content))
    if (last) return Buffer.concat(out)
  }
}

/** Writes a message. */
export function referenceMessage(parts: ReferenceParts): Uint8Array<ArrayBuffer> {
  const { dataKey, frameLength } = parts
  const messageId = randomBytes(32)
  const derive = (info: Uint8Array): Buffer =>
    Buffer.from(hkdfSync('sha512', dataKey, messageId, info, 32))
  const key = derive(Buffer.concat([SUITE, Buffer.from('DERIVEKEY')]))
  const header = Buffer.concat([
    Buffer.of(2),
    SUITE,
    messageId,
    sections(parts),
    Buffer.of(2),
    u32(frameLength),
    derive(Buffer.from('COMMITKEY')),
  ])
  const tag = gcm(key, Buffer.alloc(12), header, Buffer.alloc(0))
  return new Uint8Array(Buffer.concat([header, tag, body(parts, messageId, key)]))
}

/** Writes a message of version 1, which does not commit to its key. */
export function uncommittedMessage(
  suite: 0x0078 | 0x0178,
  parts: ReferenceParts,
): Uint8Array<ArrayBuffer> {
  const { dataKey, frameLength } = parts
  const messageId = randomBytes(16)
  const info = Buffer.concat([u16(suite), messageId])
  const key =
    suite === 0x0078 ? dataKey : Buffer.from(hkdfSync('sha256', dataKey, Buffer.alloc(0), info, 32))
  const header = Buffer.concat([
    Buffer.of(1, 0x80),
    info,
    sections(parts),
    Buffer.of(2),
    u32(0),
    Buffer.of(12),
    u32(frameLength),
  ])
  const iv = Buffer.alloc(12)
  const tag = gcm(key, iv, header, Buffer.alloc(0))
  return new Uint8Array(Buffer.concat([header, iv, tag, body(parts, messageId, key)]))
}

/** A root key that gives one data key for one slot, as a key service would. */
export function referenceRootKey(dataKey: Uint8Array, slot: Slot): RootKey {
  const body = Buffer.from(JSON.stringify({ plaintext: Buffer.from(dataKey).toString('base64') }))
  return {
    provider: slot.provider,
    id: 'reference',
    wrap: () => Promise.resolve(slot),
    unwrap: async (given) => {
      if (Buffer.compare(given.ciphertext, slot.ciphertext) !== 0) throw new Error('another slot')
      return adoptDataKey(enter((core) => core.keyProtectReadUnwrapReply(send(core, body))))
    },
  }
}
