// The npm package in a thread of its own, so with an instance of its own, does its whole job once
// and hands over the core's memory. Every random byte is made from the seed: data keys, nonces,
// message ids; the public ones among them are in the messages that are handed over as well.
import { parentPort, workerData } from 'node:worker_threads'

import { derived } from './derived.mjs'

const { seed, careless, plaintextLength } = workerData

const POOL_LEN = 4096
const DATA_KEY_LEN = 32
const ALIKE_LEN = 16

let draws = 0
// The bulk draws, and the memory each of them is in.
const pools = []
Object.defineProperty(globalThis.crypto, 'getRandomValues', {
  value(array) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    // Ids of keys are public, and written as numbers that are not always as long.
    const source = bytes.length === 4 ? 'id' : seed
    bytes.set(derived(`${source} ${draws++}`, bytes.length))
    if (bytes.length === POOL_LEN) {
      // Not a zero among them: that is what stands in place of a byte that was handed out.
      for (const [at, byte] of bytes.entries()) bytes[at] = byte || 1
      pools.push({ at: array.byteOffset, drawn: bytes.slice() })
    }
    return array
  },
})

const { Envelope, inspect, wrappingKey } = await import('../../../js/dist/index.js')
const { keyProtect } = await import('../../../js/dist/key-protect.js')
const { embeddedKeyProtect } = await import('../../../js/dist/local.js')
const { loadFormats } = await import('../../../js/dist/wasm/formats.js')
const { core } = await import('../../../js/dist/wasm/instance.js')

const context = { tenant: 'acme', purpose: 'residue' }
const plaintext = derived(`${seed} plaintext`, plaintextLength)

// Randomness that nobody was given yet is no secret. Of what was handed out nothing may be left, so
// the last draw of a memory is zeros up to a place, and as it was drawn from there.
function withoutUnspent(memory) {
  const image = new Uint8Array(memory.buffer).slice()
  const region = ({ at }) => image.subarray(at, at + POOL_LEN)
  const isLast = (pool) => endsAlike(pool, region(pool))
  const found = pools.filter(isLast)
  if (found.length !== 1) throw new Error(`${found.length} pools in a memory`)
  const [{ drawn }] = found
  const pool = region(found[0])
  const spent = pool.findIndex((byte) => byte !== 0)
  if (spent < DATA_KEY_LEN) throw new Error('what was handed out is still there')
  if (Buffer.compare(pool.subarray(spent), drawn.subarray(spent)) !== 0) {
    throw new Error('the pool is not spent from its front')
  }
  pool.fill(0)
  return image
}

function endsAlike({ drawn }, pool) {
  return Buffer.compare(pool.subarray(-ALIKE_LEN), drawn.subarray(-ALIKE_LEN)) === 0
}

async function refused(promise, code) {
  const said = await promise.then(
    () => 'nothing',
    (error) => error.code,
  )
  if (said !== code) throw new Error(`refused with ${said}, not with ${code}`)
}

function streamOf(bytes) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

async function gather(stream) {
  const parts = []
  for await (const part of stream) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

async function work(envelope, stranger) {
  const whole = await envelope.encrypt(plaintext, { context })
  const streamed = await gather(
    streamOf(plaintext).pipeThrough(envelope.encryptStream({ context })),
  )
  for (const message of [whole, streamed]) {
    const opened = await envelope.decrypt(message, { context })
    if (Buffer.compare(opened.plaintext, plaintext) !== 0) throw new Error('opened wrongly')
    await gather(streamOf(message).pipeThrough(envelope.decryptStream({ context })))
  }
  const altered = whole.slice()
  altered[altered.length - 1] ^= 1
  await refused(envelope.decrypt(altered, { context }), 'ERR_OPEN_FAILED')
  await refused(envelope.decrypt(whole.subarray(0, -1), { context }), 'ERR_FORMAT_TRUNCATED')
  await refused(stranger.decrypt(whole, { context }), 'ERR_OPEN_FAILED')
  const reader = streamOf(whole).pipeThrough(envelope.decryptStream({ context })).getReader()
  await reader.read()
  await reader.cancel()
  inspect(whole)
  return [whole, streamed, altered]
}

// Every call of a table and its records; what is public of it are records and messages.
async function tableWork(envelope) {
  const table = await envelope.createTable({ context })
  const entries = [plaintext, plaintext].map((value) => ({ value, context }))
  const put = []
  for (const records of [table, table.committing]) {
    const record = records.seal(plaintext, context)
    const text = records.sealText(plaintext, context)
    const all = records.sealAll(entries)
    records.open(text, context)
    records.openAll(all.map((record) => ({ record, context })))
    const altered = record.slice()
    altered[altered.length - 1] ^= 1
    await refused((async () => records.open(altered, context))(), 'ERR_OPEN_FAILED')
    const decoded = Buffer.from(text, 'base64url')
    put.push(record, Buffer.from(text), decoded, ...all, altered)
  }
  const [{ id }] = table.keys()
  table.rotate()
  table.destroy(id)
  const stored = await table.save()
  const again = await envelope.openTable(stored, { context })
  if (!careless) for (const open of [table, again]) open.dispose()
  return [...put, stored]
}

const names = { namespace: 'acme', name: 'laptop' }
const local = wrappingKey(derived(`${seed} wrapping`, 32), names)
const namesake = wrappingKey(derived(`${seed} namesake`, 32), names)
const kms = keyProtect({ ...(await embeddedKeyProtect()) })
const rootKey = await kms.createRootKey({ name: 'residue' })
const material = derived(`${seed} material`, 32)
const imported = await kms.createRootKey({ name: 'imported', material })

const stranger = new Envelope({ rootKey: namesake })
const known = [
  ...(await work(new Envelope({ rootKeys: [local, rootKey] }), stranger)),
  ...(await work(new Envelope({ rootKeys: [imported, local] }), stranger)),
  ...(await tableWork(new Envelope({ rootKeys: [rootKey, local] }))),
]
if (!careless) for (const key of [local, namesake]) key.dispose()
const images = [core, await loadFormats()].map(({ memory }) => withoutUnspent(memory))
parentPort.postMessage({ image: new Uint8Array(Buffer.concat(images)), known })
