import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Envelope, inspect, isTsutsumiError } from 'tsutsumi'
import { rejectsCode } from './support/failure.js'
import { bytesOf, randomBytes } from './support/keys.js'
import { referenceMessage, referenceRootKey } from './support/reference-message.js'
import { chunked } from './support/streams.js'

const dataKey = randomBytes(32)
const slot = { provider: 'reference', info: bytesOf('key 1'), ciphertext: bytesOf('wrapped') }
const context = { tenant: 'acme', purpose: 'orders' }
const plaintext = randomBytes(40)
const message = referenceMessage({ dataKey, context, slot, frameLength: 16, plaintext })
const envelope = new Envelope({ rootKey: referenceRootKey(dataKey, slot) })

/** Opens a message in one piece; returns the code of the failure. */
async function refusedWhole(bytes: Uint8Array): Promise<string> {
  try {
    await envelope.decrypt(bytes, { context })
  } catch (error) {
    if (isTsutsumiError(error)) return error.code
    if ((error as Error).message === 'another slot') return 'root key'
    throw error
  }
  assert.fail('an altered message was opened')
}

/** Opens a message as a stream, which must give nothing but a proper start of the plaintext. */
async function refusedStream(bytes: Uint8Array): Promise<string> {
  const reader = chunked(bytes, 50).pipeThrough(envelope.decryptStream({ context })).getReader()
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      assert.deepEqual(value, plaintext.subarray(length, length + value.length))
      length += value.length
    }
  } catch (error) {
    assert.ok(length < plaintext.length, 'all of the plaintext came out')
    if (isTsutsumiError(error)) return error.code
    if ((error as Error).message === 'another slot') return 'root key'
    throw error
  }
  assert.fail('an altered message was opened')
}

describe('a message of three frames by another writer', () => {
  it('is opened as it stands, whole and as a stream', async () => {
    assert.deepEqual((await envelope.decrypt(message, { context })).plaintext, plaintext)
    assert.equal(inspect(message).frameLength, 16)
    const reader = chunked(message, 7).pipeThrough(envelope.decryptStream({ context })).getReader()
    const lengths: number[] = []
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      lengths.push(value.length)
    }
    assert.deepEqual(lengths, [16, 16, 8])
  })

  it('is refused with any bit flipped, whole and as a stream', async (test) => {
    const codes = new Map<string, number>()
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = message.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const code = await refusedWhole(flipped)
      codes.set(code, (codes.get(code) ?? 0) + 1)
      await refusedStream(flipped)
    }
    assert.equal(codes.has('ERR_INTERNAL'), false)
    assert.ok((codes.get('ERR_OPEN_FAILED') ?? 0) > 1000)
    test.diagnostic(`${message.length * 8} flips: ${JSON.stringify([...codes])}`)
  })

  it('is refused when cut anywhere, whole and as a stream', async (test) => {
    for (let length = 0; length < message.length; length++) {
      assert.equal(await refusedWhole(message.subarray(0, length)), 'ERR_FORMAT_TRUNCATED')
      assert.equal(await refusedStream(message.subarray(0, length)), 'ERR_FORMAT_TRUNCATED')
    }
    test.diagnostic(`${message.length} cuts`)
  })

  it('is refused with anything behind its end', async () => {
    for (const more of [1, 40, 100]) {
      const extended = Buffer.concat([message, new Uint8Array(more)])
      assert.equal(await refusedWhole(extended), 'ERR_FORMAT_INVALID')
    }
  })

  it('is refused with its frames in any other order', async () => {
    const start = inspect(message).headerLength
    const frames = [
      message.subarray(start, start + 48),
      message.subarray(start + 48, start + 96),
      message.subarray(start + 96),
    ] as const
    const header = message.subarray(0, start)
    const orders = [[0, 2], [1, 0, 2], [0, 0, 1, 2], [0, 1, 1, 2], [2], [2, 0, 1], [0, 1, 2, 2]]
    for (const order of orders) {
      const parts = order.map((index) => frames[index] ?? message)
      await refusedWhole(Buffer.concat([header, ...parts]))
    }
  })
})

describe('what is no message', () => {
  it('is told by what is wrong with it', async () => {
    const suite = message.slice()
    suite.set([0xff, 0xff], 1)
    const version1 = message.slice()
    version1.set([1, 0x80, 0x01, 0x78])
    const key = { ...context, 'aws-crypto-public-key': 'A'.repeat(68) }
    const signed = referenceMessage({ dataKey, context: key, slot, frameLength: 16, plaintext })
    signed.set([0x05, 0x78], 1)
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [new Uint8Array(0), 'ERR_FORMAT_TRUNCATED'],
      [bytesOf('hello, this is text and no message at all'), 'ERR_FORMAT_VERSION'],
      [bytesOf(Buffer.from(message).toString('base64')), 'ERR_FORMAT_INVALID'],
      [suite, 'ERR_FORMAT_SUITE'],
      [version1, 'ERR_POLICY_SUITE'],
      [signed, 'ERR_FORMAT_INVALID'],
    ]
    for (const [bytes, code] of cases) {
      assert.equal(await refusedWhole(bytes), code)
      assert.equal(await refusedStream(bytes), code)
    }
  })

  it('is refused by its type, with a word on base64', async () => {
    const base64 = Buffer.from(message).toString('base64')
    const wrong = [
      base64,
      null,
      undefined,
      1,
      [],
      {},
      new DataView(new ArrayBuffer(1)),
      new Int8Array(1),
    ]
    for (const input of wrong) {
      const error = await rejectsCode(envelope.decrypt(input as never), 'ERR_ARGUMENT')
      if (input === base64) assert.match(error.hint ?? '', /base64/)
    }
  })

  it('is refused in memory that is shared or gone', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8))
    const detached = new Uint8Array(8)
    structuredClone(detached, { transfer: [detached.buffer] })
    const fake = Object.create(Uint8Array.prototype)
    for (const input of [shared, shared.buffer, detached, detached.buffer, fake]) {
      await rejectsCode(envelope.encrypt(input as never), 'ERR_ARGUMENT')
      await rejectsCode(envelope.decrypt(input as never), 'ERR_ARGUMENT')
    }
  })
})
