/**
 * Runs in a process of its own: seals and opens through a real service while every way from bytes
 * to text is watched, then looks for the data key in what was seen and in the heap.
 *
 * Prints JSON: how many texts were seen, in how many of them the key stood, whether it stood in the
 * heap, and the same after a deliberate leak.
 */

import { createDecipheriv } from 'node:crypto'
import { getHeapSnapshot } from 'node:v8'
import { Envelope, inspect, wrappingKey } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { randomBytes } from './keys.js'

const seen: string[] = []

/** Notes every text that goes into or comes out of a function. */
function watch(owner: object, name: string): void {
  const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown
  Reflect.set(owner, name, function (this: unknown, ...args: unknown[]): unknown {
    const result = original.apply(this, args)
    for (const value of [...args, result]) if (typeof value === 'string') seen.push(value)
    return result
  })
}

watch(JSON, 'parse')
watch(JSON, 'stringify')
watch(TextDecoder.prototype, 'decode')
watch(TextEncoder.prototype, 'encode')
watch(String, 'fromCharCode')
watch(globalThis, 'atob')
watch(globalThis, 'btoa')
watch(Buffer.prototype, 'toString')
watch(Response.prototype, 'text')
watch(Response.prototype, 'json')

/** The data key, unwrapped by other means: the slot of a key whose bytes are known here. */
function unwrapSlot(message: Uint8Array, key: Uint8Array): Buffer {
  const slot = inspect(message).slots.find(({ provider }) => provider === 'known')
  if (slot === undefined) throw new Error('the slot is missing')
  const [info, ciphertext] = [Buffer.from(slot.info), Buffer.from(slot.ciphertext)]
  const decipher = createDecipheriv('aes-256-gcm', key, info.subarray(-12))
  decipher.setAAD(new Uint8Array(0)).setAuthTag(ciphertext.subarray(-16))
  return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()])
}

/** Whether the key stands in the heap as text, by its first 42 of 44 characters. */
async function inHeap(dataKey: Buffer): Promise<boolean> {
  // The last characters depend on what follows; the text looked for is put together piece by piece.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const codes: number[] = []
  for (let at = 0; at < 30; at += 3) {
    const [a = 0, b = 0, c = 0] = dataKey.subarray(at, at + 3)
    const bits = (a << 16) | (b << 8) | c
    for (const shift of [18, 12, 6, 0]) codes.push(alphabet.charCodeAt((bits >> shift) & 63))
  }
  const needle = Buffer.from(codes)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of getHeapSnapshot()) {
    const text = Buffer.concat([rest, chunk as Buffer])
    if (text.includes(needle)) return true
    rest = text.subarray(-needle.length)
  }
  return false
}

const service = process.argv[2] ?? '{}'
const { url, instance, apiKey } = JSON.parse(service) as Record<string, string>
const kms = keyProtect({ url: url ?? '', instance: instance ?? '', apiKey: apiKey ?? '' })
const known = randomBytes(32)
const rootKey = await kms.createRootKey({ name: 'spied' })
const both = [rootKey, wrappingKey(known, { namespace: 'known', name: 'key' })]
const message = await new Envelope({ rootKeys: both }).encrypt(new Uint8Array(1_000))
await new Envelope({ rootKey }).decrypt(message)

const dataKey = unwrapSlot(message, known)
const texts = seen.length
const heap = await inHeap(dataKey)
const base64 = dataKey.toString('base64').slice(0, 40)
seen.length = texts
const found = seen.filter((text) => text.includes(base64)).length
Reflect.set(globalThis, 'leak', JSON.parse(JSON.stringify({ plaintext: `${base64}==` })))
const control = seen.filter((text) => text.includes(base64)).length
const heapControl = await inHeap(dataKey)
process.stdout.write(`${JSON.stringify({ texts, found, heap, control, heapControl })}\n`)
