/** The same bytes whichever AES makes them: the core's, the synchronous one, or SubtleCrypto's. */

import assert from 'node:assert/strict'
import nodeCrypto, { webcrypto } from 'node:crypto'
import { afterEach, describe, it } from 'node:test'
import { Envelope, type RootKey } from 'tsutsumi'
import { Objects } from 'tsutsumi/object'
import { type Engine, useEngine } from '../dist/bulk/aes.js'
import { CROSSOVERS } from '../dist/bulk/crossover.js'
import { subtleAes } from '../dist/bulk/subtle-aes.js'
import { type SyncCrypto, syncAes } from '../dist/bulk/sync-aes.js'
import { loadFormats } from '../dist/wasm/formats.js'
import { core } from '../dist/wasm/instance.js'
import { rejectsCode } from './support/failure.js'
import { localKey, randomBytes } from './support/keys.js'
import { chunked, collect } from './support/streams.js'

const FRAME = 65_536
const CHUNK = 16_384
const LOW = { body: 1, unit: 1 }
const NEVER = { body: Number.POSITIVE_INFINITY, unit: Number.POSITIVE_INFINITY }
const { subtle } = webcrypto as unknown as Crypto

let units = 0

// Counts what goes its way, so that a test that compares the core with itself is noticed.
function counted(take: Engine['take'], crossover = LOW): Engine {
  return {
    crossover,
    async take(key, use) {
      const aes = await take(key, use)
      return {
        seal(...all) {
          units += 1
          return aes.seal(...all)
        },
        open(...all) {
          units += 1
          return aes.open(...all)
        },
        opened(...all) {
          units += 1
          return aes.opened(...all)
        },
      }
    },
  }
}

const ENGINES: Record<string, Engine> = {
  sync: counted((key) => syncAes(nodeCrypto as unknown as SyncCrypto, key)),
  subtle: counted((key, use) => subtleAes(subtle, key, use)),
}
const CORE: Engine = { crossover: NEVER, take: () => assert.fail('the core keeps its keys') }

/** Uses up what the modules have drawn in bulk, until each of them draws anew. */
async function drawAnew(draws: () => number): Promise<void> {
  for (const instance of [core, await loadFormats()]) {
    const before = draws()
    while (draws() === before) instance.enter((core) => core.free(core.dataKeyGenerate()))
  }
}

/** All randomness of a call, so that two calls make the same bytes. */
async function repeated<T>(work: () => Promise<T>): Promise<T> {
  const real = webcrypto.getRandomValues
  let [draws, repeats] = [0, true]
  const value = (array: Uint8Array<ArrayBuffer>): unknown => {
    draws += 1
    if (!repeats) return real.call(webcrypto, array)
    array.fill(draws)
    return array
  }
  Object.defineProperty(globalThis.crypto, 'getRandomValues', { configurable: true, value })
  try {
    await drawAnew(() => draws)
    return await work()
  } finally {
    repeats = false
    await drawAnew(() => draws)
    Object.defineProperty(globalThis.crypto, 'getRandomValues', { configurable: true, value: real })
  }
}

// A random length for each chunk of a stream, from single bytes to more than a piece.
function split(bytes: Uint8Array, random: () => number): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      const length = Math.floor(2 ** (random() * 21))
      controller.enqueue(bytes.slice(at, at + length))
      at += length
    },
  })
}

function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const around = (length: number): number[] => [length - 1, length, length + 1]
const LENGTHS = [
  ...[0, 1, 1000],
  ...around(CHUNK),
  ...around(2 * CHUNK),
  ...around(FRAME),
  ...around(2 * FRAME),
  ...around(CROSSOVERS.sync.body),
  ...around(CROSSOVERS.subtle.body),
  ...around(1 << 20),
  2_500_000,
]

afterEach(() => useEngine(undefined))

const context = { tenant: 'acme' }

/** Every way to make and to open a body. */
interface Shape {
  whole(bytes: Uint8Array): Promise<Uint8Array>
  streamed(source: ReadableStream<Uint8Array>): Promise<Uint8Array>
  open(sealed: Uint8Array): Promise<Uint8Array>
  openStreamed(source: ReadableStream<Uint8Array>): Promise<Uint8Array>
}

function messages(rootKey: RootKey): Shape {
  const envelope = new Envelope({ rootKey })
  return {
    whole: (bytes) => envelope.encrypt(bytes, { context }),
    streamed: (source) => collect(source.pipeThrough(envelope.encryptStream({ context }))),
    open: async (sealed) => (await envelope.decrypt(sealed, { context })).plaintext,
    openStreamed: (source) => collect(source.pipeThrough(envelope.decryptStream({ context }))),
  }
}

function objects(rootKey: RootKey): Shape {
  const made = new Objects({ rootKey })
  let slots: Awaited<ReturnType<Objects['seal']>>['slots'] = []
  return {
    async whole(bytes) {
      const sealed = await made.seal(bytes, { context })
      slots = sealed.slots
      return sealed.body
    },
    async streamed(source) {
      const pair = made.sealStream({ context })
      const body = await collect(source.pipeThrough(pair))
      slots = await pair.slots
      return body
    },
    open: (sealed) => made.open(sealed, { slots, context }),
    openStreamed: (source) => collect(source.pipeThrough(made.openStream({ slots, context }))),
  }
}

const key: RootKey & { dispose?(): void } = localKey()
const SHAPES: Record<string, Shape> = { messages: messages(key), objects: objects(key) }

for (const [shape, { whole, streamed, open, openStreamed }] of Object.entries(SHAPES)) {
  describe(`${shape} through the platform's AES`, () => {
    for (const [name, engine] of Object.entries(ENGINES)) {
      it(`has the bytes of the core: ${name}`, async () => {
        const [before, random] = [units, sequence(1)]
        for (const length of LENGTHS) {
          const plaintext = randomBytes(length)
          useEngine(CORE)
          const expected = await repeated(() => whole(plaintext))
          useEngine(engine)
          for (const made of [
            await repeated(() => whole(plaintext)),
            await repeated(() => streamed(split(plaintext, random))),
            await repeated(() => streamed(chunked(plaintext, FRAME))),
          ]) {
            assert.ok(Buffer.compare(made, expected) === 0, `${length} bytes`)
          }
          for (const opened of [
            await open(expected),
            await openStreamed(split(expected, random)),
            await openStreamed(chunked(expected, FRAME)),
          ]) {
            assert.ok(Buffer.compare(opened, plaintext) === 0, `${length} bytes, opened`)
          }
        }
        assert.ok(units - before > 500, `only ${units - before} units went its way`)
      })

      it(`refuses what the core refuses, alike: ${name}`, async () => {
        useEngine(CORE)
        const plaintext = randomBytes(5 * FRAME + 77)
        const sealed = await whole(plaintext)
        const unit = shape === 'messages' ? FRAME + 32 : CHUNK + 16
        const start = sealed.length - (shape === 'messages' ? 5 * unit + 40 + 77 : 20 * unit + 93)
        for (const altered of alterations(sealed, start, unit)) {
          useEngine(CORE)
          const expected = await refusal(open(altered))
          const expectedStream = await refusal(openStreamed(chunked(altered, 100_000)))
          useEngine(engine)
          assert.deepEqual(await refusal(open(altered)), expected)
          assert.deepEqual(await refusal(openStreamed(chunked(altered, 100_000))), expectedStream)
        }
      })
    }
  })
}

// Flipped bits, cuts, units that are swapped, left out or doubled, and bytes behind the end.
function* alterations(sealed: Uint8Array, start: number, unit: number): Iterable<Uint8Array> {
  for (const at of [0, 4, 15, 16, 1000, unit - 1, unit, 3 * unit + 5, sealed.length - start - 1]) {
    const flipped = sealed.slice()
    flipped[start + at] = (flipped[start + at] ?? 0) ^ 1
    yield flipped
  }
  for (const length of [0, 1, unit - 1, unit, unit + 1, 3 * unit]) {
    yield sealed.slice(0, start + length)
  }
  yield sealed.slice(0, -1)
  yield Buffer.concat([sealed, Buffer.of(0)])
  const units = [0, 1, 2].map((i) => sealed.subarray(start + i * unit, start + (i + 1) * unit))
  const [first = sealed, second = sealed, third = sealed] = units
  const [head, rest] = [sealed.subarray(0, start), sealed.subarray(start + 3 * unit)]
  for (const order of [
    [second, first, third],
    [first, third],
    [first, first, second, third],
    [third, second, first],
  ]) {
    yield Buffer.concat([head, ...order, rest])
  }
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => assert.fail('was opened'),
    (error) => error,
  )
  const { code, message, offset } = error
  return { code, message, offset }
}

describe('ranges of objects', () => {
  const made = new Objects({ rootKey: key })
  const length = 40 * CHUNK + 5

  for (const [name, engine] of Object.entries(ENGINES)) {
    it(`are the same: ${name}`, async () => {
      const plaintext = randomBytes(length)
      const { body, slots } = await made.seal(plaintext)
      const fetch = async (start: number, end: number) => body.slice(start, end)
      using reader = await made.reader({ size: body.length, slots, fetch })
      useEngine(engine)
      const [before, random] = [units, sequence(2)]
      const places = [0, 1, CHUNK - 1, CHUNK, 39 * CHUNK, 40 * CHUNK, length - 1, length]
      for (let i = 0; i < 60; i++) places.push(Math.floor(random() * length))
      for (const [i, start] of places.entries()) {
        const end = Math.max(start, places[(i * 7 + 3) % places.length] ?? length)
        const part = await reader.read(start, end)
        assert.ok(Buffer.compare(part, plaintext.subarray(start, end)) === 0, `${start}–${end}`)
      }
      assert.ok(Buffer.compare(await reader.read(0, length), plaintext) === 0)
      assert.ok(units - before > 200, `only ${units - before} chunks went its way`)
      body[20_000] = (body[20_000] ?? 0) ^ 1
      await rejectsCode(reader.read(0, length), 'ERR_OPEN_FAILED')
      await reader.read(2 * CHUNK, length)
      reader.dispose()
      await rejectsCode(reader.read(0, length), 'ERR_STATE')
    })
  }
})

describe('frames of others', () => {
  it('are left to the core where they are short', async () => {
    useEngine(
      counted((key) => syncAes(nodeCrypto as unknown as SyncCrypto, key), {
        body: 1,
        unit: FRAME + 1,
      }),
    )
    const before = units
    const shape = messages(key)
    const plaintext = randomBytes(3 * FRAME)
    const message = await shape.streamed(chunked(plaintext, 50_000))
    assert.ok(Buffer.compare(await shape.openStreamed(chunked(message, 50_000)), plaintext) === 0)
    assert.ok(Buffer.compare(await shape.open(message), plaintext) === 0)
    assert.equal(units, before)
  })
})
