import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, createHmac, randomBytes as random } from 'node:crypto'
import { describe, it } from 'node:test'
import { type RootKey, wrappingKey } from 'tsutsumi'
import { type ObjectSource, Objects, type StoredSlot } from 'tsutsumi/object'
import { rejectsCode, throwsCode } from './support/failure.js'
import { localKey, randomBytes } from './support/keys.js'
import { through } from './support/streams.js'

const CHUNK = 16_384
const SEALED = CHUNK + 16
const context = { name: 'a.bin' }

const rootKey = localKey()
const objects = new Objects({ rootKey })

/** An object in memory, which counts what is fetched of it. */
function sourceOf(body: Uint8Array, slots: StoredSlot[]): ObjectSource & { fetched: number } {
  return {
    size: body.length,
    slots,
    fetched: 0,
    async fetch(start, end) {
      this.fetched += end - start
      return body.slice(start, end)
    },
  }
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** The chunks of an object of three and a bit, in another order or number. */
function rearranged(body: Uint8Array, order: readonly number[]): Uint8Array {
  const chunk = (i: number): Uint8Array => body.subarray(56 + i * SEALED, 56 + (i + 1) * SEALED)
  return new Uint8Array(Buffer.concat([body.subarray(0, 56), ...order.map(chunk)]))
}

describe('an object', () => {
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5, 200_000]) {
    it(`of ${length} bytes is opened whole, as a stream, and in ranges`, async () => {
      const plaintext = randomBytes(length)
      const { body, slots } = await objects.seal(plaintext, { context })
      assert.equal(body.length, 56 + length + 16 * (Math.floor(length / CHUNK) + 1))
      const kept = JSON.stringify(slots)
      assert.deepEqual(await objects.open(body, { slots: kept, context }), plaintext)
      const stream = await through(body, objects.openStream({ slots, context }))
      assert.deepEqual(new Uint8Array(stream), plaintext)
      const source = sourceOf(body, slots)
      const reader = await objects.reader(source, { context })
      assert.equal(reader.length, length)
      for (const start of [0, Math.floor(length / 3), Math.max(length - 1, 0), length]) {
        for (const end of [start, Math.floor((start + length) / 2), length]) {
          assert.deepEqual(await reader.read(start, end), plaintext.slice(start, end))
        }
      }
      reader.dispose()
      await rejectsCode(reader.read(0, 0), 'ERR_STATE')
    })
  }

  it('sealed as a stream is the same kind of object', async () => {
    const plaintext = randomBytes(100_000)
    const sealing = objects.sealStream({ context })
    const body = new Uint8Array(await through(plaintext, sealing))
    const slots = await sealing.slots
    assert.deepEqual(await objects.open(body, { slots, context }), plaintext)
  })

  it('is opened by any of its root keys', async () => {
    const other = localKey('other')
    const { body, slots } = await new Objects({ rootKeys: [rootKey, other] }).seal(randomBytes(9))
    assert.equal(slots.length, 2)
    for (const key of [rootKey, other]) {
      assert.equal((await new Objects({ rootKey: key }).open(body, { slots })).length, 9)
    }
    const stranger = new Objects({ rootKey: localKey('stranger') })
    await rejectsCode(stranger.open(body, { slots }), 'ERR_POLICY_KEY')
  })
})

describe('an object that is not what it was', () => {
  it('is refused, whole, as a stream and in ranges', async () => {
    const { body, slots } = await objects.seal(randomBytes(3 * CHUNK + 5), { context })
    const last = 56 + 3 * SEALED
    const cases: [string, Uint8Array, string][] = [
      ['nothing', body.subarray(0, 0), 'ERR_FORMAT_TRUNCATED'],
      ['half a header', body.subarray(0, 30), 'ERR_FORMAT_TRUNCATED'],
      ['a header alone', body.subarray(0, 56), 'ERR_FORMAT_TRUNCATED'],
      ['another salt', flipped(body, 0), 'ERR_OPEN_FAILED'],
      ['another commitment', flipped(body, 40), 'ERR_OPEN_FAILED'],
      ['a flipped bit', flipped(body, 56 + SEALED), 'ERR_OPEN_FAILED'],
      ['a flipped tag', flipped(body, body.length - 1), 'ERR_OPEN_FAILED'],
      ['cut at a chunk', body.subarray(0, last), 'ERR_FORMAT_TRUNCATED'],
      ['cut in a chunk', body.subarray(0, last - 100), 'ERR_OPEN_FAILED'],
      ['two chunks swapped', rearranged(body, [1, 0, 2, 3]), 'ERR_OPEN_FAILED'],
      ['a chunk twice', rearranged(body, [0, 0, 1, 2, 3]), 'ERR_OPEN_FAILED'],
      ['a chunk less', rearranged(body, [0, 2, 3]), 'ERR_OPEN_FAILED'],
      ['only the last', rearranged(body, [3]), 'ERR_OPEN_FAILED'],
    ]
    for (const [what, altered, code] of cases) {
      await rejectsCode(objects.open(altered, { slots, context }), code)
      const stream = through(altered, objects.openStream({ slots, context }))
      await rejectsCode(stream, code)
      const whole = async (): Promise<unknown> => {
        const reader = await objects.reader(sourceOf(altered, slots), { context })
        return await reader.read(0, reader.length)
      }
      const error = await whole().then(
        () => assert.fail(what),
        (error: unknown) => error,
      )
      assert.match(String((error as { code?: string }).code), /ERR_(OPEN_FAILED|FORMAT_TRUNCATED)/)
    }
    assert.equal((await objects.open(body, { slots, context })).length, 3 * CHUNK + 5)
  })

  it('is refused with the slots of another, or under another context', async () => {
    const one = await objects.seal(randomBytes(10), { context })
    const two = await objects.seal(randomBytes(10), { context })
    await rejectsCode(objects.open(one.body, { slots: two.slots, context }), 'ERR_OPEN_FAILED')
    await rejectsCode(objects.open(one.body, { slots: one.slots }), 'ERR_POLICY_CONTEXT')
    const mixed = [...one.slots, ...two.slots]
    await rejectsCode(objects.open(one.body, { slots: mixed, context }), 'ERR_FORMAT_INVALID')
  })
})

describe('ranges', () => {
  it('that make no sense are refused before anything is fetched', async () => {
    const { body, slots } = await objects.seal(randomBytes(100))
    const source = sourceOf(body, slots)
    const reader = await objects.reader(source)
    const before = source.fetched
    for (const [start, end] of [
      [0, 101],
      [101, 101],
      [2, 1],
      [-1, 1],
      [0.5, 1],
      [0, Number.MAX_SAFE_INTEGER],
      [0, 2 ** 60],
      [Number.NaN, 1],
      [0, Number.POSITIVE_INFINITY],
    ] as const) {
      await rejectsCode(reader.read(start, end), 'ERR_ARGUMENT')
    }
    assert.equal(source.fetched, before)
    const short: ObjectSource = { ...source, fetch: async () => new Uint8Array(5) }
    await rejectsCode(objects.openRange(short, 0, 1), 'ERR_FORMAT_TRUNCATED')
  })

  it('longer than a call takes are fetched in parts', async () => {
    const plaintext = randomBytes(5 << 20)
    const { body, slots } = await objects.seal(plaintext)
    const source = sourceOf(body, slots)
    const opened = await objects.openRange(source, 1_000, plaintext.length - 1_000)
    assert.equal(Buffer.compare(opened, plaintext.subarray(1_000, -1_000)), 0)
    assert.equal(source.fetched, body.length - 16)
  })
})

describe('an object of 10 GB', () => {
  it('gives bytes 7,000,000,000 to 7,000,065,535 for the chunks that cover them', async () => {
    const size = 10_000_000_000
    const material = random(32)
    const key = wrappingKey(new Uint8Array(material), { namespace: 'tests', name: 'huge' })
    const { slots } = await new Objects({ rootKey: key }).seal(new Uint8Array(0))
    const huge = new Huge(size, unwrapped(slots[0] as StoredSlot, material))
    let fetched = 0
    const source: ObjectSource = {
      size: huge.sealedSize,
      slots,
      async fetch(start, end) {
        fetched += end - start
        return huge.bytes(start, end)
      },
    }
    const [start, end] = [7_000_000_000, 7_000_065_536]
    const opened = await new Objects({ rootKey: key as RootKey }).openRange(source, start, end)
    assert.equal(opened.length, 65_536)
    for (let i = 0; i < opened.length; i++) assert.equal(opened[i], (start + i) % 251)
    const chunks = Math.floor((end - 1) / CHUNK) - Math.floor(start / CHUNK) + 1
    assert.equal(chunks, 5)
    assert.equal(fetched, 56 + chunks * SEALED)
  })
})

/** The data key of a slot of the raw AES keyring, unwrapped by Node: the test needs its bytes. */
function unwrapped(slot: StoredSlot, material: Buffer): Buffer {
  const bytes = (text: string): Buffer => Buffer.from(text.slice('base64:'.length), 'base64')
  const [info, wrapped] = [bytes(slot.rootKey), bytes(slot.wrapped)]
  const cipher = createDecipheriv('aes-256-gcm', material, info.subarray(-12))
  cipher.setAuthTag(wrapped.subarray(32))
  return Buffer.concat([cipher.update(wrapped.subarray(0, 32)), cipher.final()])
}

/** A huge object whose chunks are made by Node when they are asked for. */
class Huge {
  readonly sealedSize: number
  readonly #size: number
  readonly #header: Buffer
  readonly #key: Buffer
  readonly #nonce: Buffer

  constructor(size: number, dataKey: Buffer) {
    this.#size = size
    this.sealedSize = 56 + size + 16 * (Math.floor(size / CHUNK) + 1)
    const salt = random(24)
    const label = Buffer.from('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')
    const block = (previous: Buffer, counter: number): Buffer => {
      const mac = createHmac('sha512', dataKey).update(previous).update(label).update(salt)
      return mac.update(Buffer.of(counter)).digest()
    }
    const first = block(Buffer.alloc(0), 1)
    const okm = Buffer.concat([first, block(first, 2)])
    this.#key = okm.subarray(0, 32)
    this.#nonce = okm.subarray(32, 44)
    this.#header = Buffer.concat([salt, okm.subarray(44, 76)])
  }

  bytes(start: number, end: number): Uint8Array<ArrayBuffer> {
    if (end <= 56) return new Uint8Array(this.#header.subarray(start, end))
    const [from, to] = [start - 56, end - 56]
    const first = Math.floor(from / SEALED)
    const chunks = Array.from({ length: Math.ceil(to / SEALED) - first }, (_, i) =>
      this.#chunk(first + i),
    )
    const all = Buffer.concat(chunks)
    return new Uint8Array(all.subarray(from - first * SEALED, to - first * SEALED))
  }

  #chunk(index: number): Buffer {
    const start = index * CHUNK
    const plaintext = new Uint8Array(Math.min(CHUNK, this.#size - start))
    for (let i = 0; i < plaintext.length; i++) plaintext[i] = (start + i) % 251
    const nonce = Buffer.from(this.#nonce)
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ index) >>> 0, 8)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce)
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  }
}

describe('what is no argument', () => {
  it('is refused', async () => {
    throwsCode(() => new Objects({}), 'ERR_ARGUMENT')
    throwsCode(() => new Objects({ rootKey, rootKeys: [rootKey] }), 'ERR_ARGUMENT')
    throwsCode(() => new Objects({ rootKeys: [] }), 'ERR_ARGUMENT')
    await rejectsCode(objects.seal('text' as never), 'ERR_ARGUMENT')
    await rejectsCode(objects.seal(randomBytes(1), { aad: 'x' } as never), 'ERR_ARGUMENT')
    await rejectsCode(objects.open(randomBytes(90), {} as never), 'ERR_ARGUMENT')
    await rejectsCode(objects.reader({ size: 1 } as never), 'ERR_ARGUMENT')
  })
})
