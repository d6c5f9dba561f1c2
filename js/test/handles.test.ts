import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DataKey, Envelope, type Slot, wrappingKey } from 'tsutsumi'
import { core } from '../dist/wasm/instance.js'
import { rejectsCode, throwsCode } from './support/failure.js'
import { holds, localKey, randomBytes } from './support/keys.js'

describe('DataKey', () => {
  it('is wrapped, unwrapped, and stays usable', async () => {
    const rootKey = localKey()
    const dataKey = DataKey.generate()
    const slot = await rootKey.wrap(dataKey, { context: { a: '1' } })
    assert.equal(slot.provider, 'tests')
    assert.equal(slot.ciphertext.length, 48)
    const again = await rootKey.unwrap(slot, { context: { a: '1' } })
    await rootKey.wrap(dataKey)
    await rootKey.wrap(again)
  })

  it('is of no use once disposed of, which may be done twice', async () => {
    const rootKey = localKey()
    const dataKey = DataKey.generate()
    dataKey.dispose()
    dataKey.dispose()
    await rejectsCode(rootKey.wrap(dataKey), 'ERR_STATE')
    let kept: DataKey
    {
      using inner = DataKey.generate()
      kept = inner
    }
    await rejectsCode(rootKey.wrap(kept), 'ERR_STATE')
  })

  it('cannot be constructed, nor imitated', async () => {
    throwsCode(() => Reflect.construct(DataKey, []), 'ERR_ARGUMENT')
    throwsCode(() => Reflect.construct(DataKey, [Symbol('permit'), {}]), 'ERR_ARGUMENT')
    const rootKey = localKey()
    for (const fake of [
      null,
      undefined,
      1,
      'key',
      {},
      randomBytes(32),
      Object.create(DataKey.prototype),
    ]) {
      await rejectsCode(rootKey.wrap(fake as DataKey), 'ERR_ARGUMENT')
    }
  })

  it('of another copy of the package is named as such', async () => {
    const imitation = Object.defineProperty({}, Symbol.for('tsutsumi.data-key'), { value: true })
    const error = await rejectsCode(localKey().wrap(imitation as DataKey), 'ERR_ARGUMENT')
    assert.match(error.message, /another copy/)
  })

  it('shows nothing of itself', () => {
    const dataKey = DataKey.generate()
    assert.equal(JSON.stringify(dataKey), '{}')
    assert.deepEqual(Object.keys(dataKey), [])
  })
})

describe('wrappingKey', () => {
  it('refuses what makes no wrapping key', () => {
    const names = { namespace: 'tests', name: 'x' }
    const wrong: readonly (readonly [unknown, unknown])[] = [
      [randomBytes(16), names],
      [randomBytes(33), names],
      ['text', names],
      [new SharedArrayBuffer(32), names],
      [randomBytes(32), undefined],
      [randomBytes(32), { namespace: 'tests' }],
      [randomBytes(32), { ...names, name: '' }],
      [randomBytes(32), { ...names, name: '\ud800' }],
      [randomBytes(32), { ...names, namespace: 'aws-kms' }],
      [randomBytes(32), { ...names, nmae: 'x' }],
    ]
    for (const [bytes, options] of wrong) {
      throwsCode(() => wrappingKey(bytes as never, options as never), 'ERR_ARGUMENT')
    }
  })

  it('leaves the bytes alone and does not look at them again', async () => {
    const bytes = randomBytes(32)
    const copy = bytes.slice()
    const rootKey = wrappingKey(bytes, { namespace: 'tests', name: 'x' })
    assert.deepEqual(bytes, copy)
    bytes.fill(0)
    const slot = await rootKey.wrap(DataKey.generate())
    const same = wrappingKey(copy, { namespace: 'tests', name: 'x' })
    await same.unwrap(slot)
  })

  it('opens its own slots under the same context, and no others', async () => {
    const rootKey = localKey('mine')
    const slot = await rootKey.wrap(DataKey.generate(), { context: { a: '1' } })
    await rejectsCode(rootKey.unwrap(slot), 'ERR_OPEN_FAILED')
    await rejectsCode(rootKey.unwrap(slot, { context: { a: '2' } }), 'ERR_OPEN_FAILED')
    const flipped = slot.ciphertext.slice()
    flipped[0] = (flipped[0] ?? 0) ^ 1
    const altered = rootKey.unwrap({ ...slot, ciphertext: flipped }, { context: { a: '1' } })
    await rejectsCode(altered, 'ERR_OPEN_FAILED')
    await rejectsCode(localKey('other').unwrap(slot), 'ERR_POLICY_KEY')
    await rejectsCode(rootKey.unwrap({ ...slot, provider: 'x' }), 'ERR_POLICY_KEY')
    await rejectsCode(rootKey.unwrap({} as Slot), 'ERR_ARGUMENT')
    rootKey.dispose()
    await rejectsCode(rootKey.wrap(DataKey.generate()), 'ERR_STATE')
  })

  it('ends with an aborted signal', async () => {
    const reason = new Error('enough')
    const options = { signal: AbortSignal.abort(reason) }
    await assert.rejects(localKey().wrap(DataKey.generate(), options), reason)
  })
})

describe('the memory of the core', () => {
  it('does not grow with the length of a message', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    await envelope.decrypt(await envelope.encrypt(randomBytes(200_000)))
    const before = core.memory.buffer.byteLength
    await envelope.decrypt(await envelope.encrypt(new Uint8Array(32 << 20)))
    assert.equal(core.memory.buffer.byteLength, before)
  })

  it('does not grow with what was forgotten', async () => {
    const { gc } = globalThis
    assert.ok(gc, 'run with --expose-gc')
    const rootKey = localKey()
    const round = async (): Promise<void> => {
      for (let i = 0; i < 2_000; i++) await rootKey.wrap(DataKey.generate())
      gc()
      await sleep(10)
    }
    await round()
    const before = core.memory.buffer.byteLength
    for (let rounds = 0; rounds < 10; rounds++) await round()
    assert.equal(core.memory.buffer.byteLength, before)
  })

  it('holds no plaintext after a message is sealed, opened, or refused', async () => {
    const plaintext = randomBytes(100_000)
    const envelope = new Envelope({ rootKey: localKey() })
    const held = (): boolean =>
      [0, 50_000, 70_000, 99_000].some((at) =>
        holds(core.memory.buffer, plaintext.subarray(at, at + 16)),
      )
    const message = await envelope.encrypt(plaintext)
    assert.equal(held(), false)
    await envelope.decrypt(message)
    assert.equal(held(), false)
    const cut = message.subarray(0, -1)
    await rejectsCode(envelope.decrypt(cut), 'ERR_FORMAT_TRUNCATED')
    assert.equal(held(), false)
    const control = new Uint8Array(core.memory.buffer)
    control.set(plaintext.subarray(0, 16), control.length - 16)
    assert.equal(held(), true)
    control.fill(0, control.length - 16)
  })
})
