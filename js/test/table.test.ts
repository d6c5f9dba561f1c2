import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Envelope, inspect } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { createTable, KeyTable, openTable, type RecordEntry } from 'tsutsumi/table'
import { rejectsCode, throwsCode } from './support/failure.js'
import { FakeService, INSTANCE } from './support/fake-service.js'
import { bytesOf, localKey, randomBytes } from './support/keys.js'

const TYPE = { 'tsutsumi:type': 'key-table' }
const rootKey = localKey()
const envelope = new Envelope({ rootKey })

/** A keyset of one key as Tink writes it, in JSON. */
function keyset(key: object = {}, more: object = {}): Uint8Array<ArrayBuffer> {
  const keyData = {
    typeUrl: 'type.googleapis.com/google.crypto.tink.XAesGcmKey',
    value: 'EgIIDBogAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    keyMaterialType: 'SYMMETRIC',
  }
  const whole = { keyData, status: 'ENABLED', keyId: 17, outputPrefixType: 'TINK', ...key }
  return bytesOf(JSON.stringify({ primaryKeyId: 17, key: [whole], ...more }))
}

/** A keyset that somebody sealed as a message himself. */
async function openKeyset(bytes: Uint8Array<ArrayBuffer>): Promise<KeyTable> {
  return envelope.openTable(await envelope.encrypt(bytes, { context: TYPE }))
}

describe('a table of keys', () => {
  it('is made, saved, opened, and opens what it sealed before', async () => {
    const context = { tenant: 'acme' }
    const table = await envelope.createTable({ context })
    const field = table.seal('4242 4242 4242 4242', { row: '17' })
    assert.equal(field.length, 19 + 45)
    for (const format of ['binary', 'json'] as const) {
      const stored = await table.save({ format })
      const again = await envelope.openTable(stored, { context })
      assert.ok(again instanceof KeyTable)
      assert.equal(again.openText(field, { row: '17' }), '4242 4242 4242 4242')
      assert.deepEqual(again.keys(), table.keys())
      assert.equal(inspect(stored).suite, 0x0478)
      const { plaintext } = await envelope.decrypt(stored, { context: { ...context, ...TYPE } })
      assert.equal(plaintext[0], format === 'json' ? 0x7b : 0x08)
    }
  })

  it('takes one call to the key service to open, and none for its records', async () => {
    const service = new FakeService()
    await service.start()
    try {
      const endpoints = { url: service.url, iamUrl: service.url }
      const kms = keyProtect({ instance: INSTANCE, apiKey: 'x', ...endpoints })
      const remote = new Envelope({ rootKey: kms.key(service.crn) })
      const made = await remote.createTable()
      assert.equal(service.count('wrap'), 0)
      const field = made.seal('value')
      const stored = await made.save()
      assert.equal(service.count('wrap'), 1)
      const table = await remote.openTable(stored)
      for (let i = 0; i < 1000; i++)
        table.open(table.seal('value', { row: `${i}` }), { row: `${i}` })
      assert.equal(table.openText(field), 'value')
      assert.equal(service.count('unwrap'), 1)
      assert.equal(service.count('wrap'), 1)
    } finally {
      await service.stop()
    }
  })

  it('is opened under the context that it was made with, and no other', async () => {
    const table = await envelope.createTable({ context: { tenant: 'acme' } })
    const stored = await table.save()
    await rejectsCode(envelope.openTable(stored), 'ERR_POLICY_CONTEXT')
    const other = { context: { tenant: 'other' } }
    await rejectsCode(envelope.openTable(stored, other), 'ERR_POLICY_CONTEXT')
    const unchecked = await envelope.openTable(stored, { context: 'unchecked' })
    await envelope.openTable(await unchecked.save(), { context: { tenant: 'acme' } })
    await rejectsCode(envelope.createTable({ context: TYPE }), 'ERR_POLICY_CONTEXT')
    const message = await envelope.encrypt(keyset())
    await rejectsCode(envelope.openTable(message), 'ERR_POLICY_CONTEXT')
    await rejectsCode(envelope.openTable(message, { context: 'unchecked' }), 'ERR_POLICY_CONTEXT')
  })

  it('takes its keyset from whoever sealed it', async () => {
    const table = await openKeyset(keyset())
    assert.deepEqual(table.keys(), [
      { id: 17, status: 'enabled', primary: true, kind: 'XAES-256-GCM', prefix: 'TINK' },
    ])
    assert.deepEqual([...table.seal('x').subarray(0, 5)], [1, 0, 0, 0, 17])
  })

  it('refuses keysets with something wrong in them', async () => {
    const siv = {
      typeUrl: 'type.googleapis.com/google.crypto.tink.AesGcmSivKey',
      value: 'GhAAAQIDBAUGBwgJCgsMDQ4P',
      keyMaterialType: 'SYMMETRIC',
    }
    const one = JSON.parse(new TextDecoder().decode(keyset())) as { key: object[] }
    const cases: readonly (readonly [Uint8Array<ArrayBuffer>, string])[] = [
      [bytesOf(''), 'ERR_FORMAT_INVALID'],
      [bytesOf('{}'), 'ERR_FORMAT_INVALID'],
      [bytesOf('no keyset'), 'ERR_FORMAT_INVALID'],
      [keyset({}, { key: [one.key[0], one.key[0]] }), 'ERR_FORMAT_INVALID'],
      [keyset({ status: 'DISABLED' }), 'ERR_FORMAT_INVALID'],
      [keyset({ status: 'DESTROYED', keyData: undefined }), 'ERR_FORMAT_INVALID'],
      [keyset({}, { primaryKeyId: 18 }), 'ERR_FORMAT_INVALID'],
      [keyset({}, { other: 1 }), 'ERR_FORMAT_INVALID'],
      [keyset({ keyData: siv }), 'ERR_FORMAT_SUITE'],
      [Buffer.concat([keyset(), bytesOf('x')]), 'ERR_FORMAT_INVALID'],
      [new Uint8Array(300_000), 'ERR_LIMIT'],
    ]
    for (const [bytes, code] of cases) await rejectsCode(openKeyset(bytes), code)
    await openKeyset(keyset())
  })

  it('refuses messages that were altered, cut, or are none', async () => {
    const stored = await (await envelope.createTable()).save()
    for (let bit = 0; bit < stored.length * 8; bit += 37) {
      const altered = stored.slice()
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      await assert.rejects(envelope.openTable(altered), `bit ${bit}`)
    }
    for (const length of [0, 1, 50, stored.length - 1]) {
      await rejectsCode(envelope.openTable(stored.subarray(0, length)), 'ERR_FORMAT_TRUNCATED')
    }
    await rejectsCode(envelope.openTable('text' as unknown as Uint8Array), 'ERR_ARGUMENT')
    const other = new Envelope({ rootKey: localKey('other') })
    await rejectsCode(other.openTable(stored), 'ERR_POLICY_KEY')
  })

  it('is at hand without an envelope too, and refuses unknown options', async () => {
    const table = await createTable({ rootKey }, { context: { a: '1' } })
    const again = await openTable(await table.save(), { rootKey }, { context: { a: '1' } })
    assert.deepEqual(again.keys(), table.keys())
    const unknown = { contexts: {} } as object
    await rejectsCode(envelope.createTable(unknown), 'ERR_ARGUMENT')
    await rejectsCode(envelope.openTable(await table.save(), unknown), 'ERR_ARGUMENT')
    await rejectsCode(table.save(unknown), 'ERR_ARGUMENT')
    await rejectsCode(table.save({ format: 'xml' as 'json' }), 'ERR_ARGUMENT')
    await assert.rejects(table.save({ signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  })
})

describe('the keys of a table', () => {
  let table: KeyTable
  let first = 0
  before(async () => {
    table = await envelope.createTable()
    first = table.keys()[0]?.id ?? 0
  })
  after(() => table.dispose())

  it('are rotated while older records still open', () => {
    const old = table.seal('old')
    const second = table.rotate()
    assert.deepEqual(
      table.keys().map(({ id, primary }) => [id, primary]),
      [
        [first, false],
        [second, true],
      ],
    )
    assert.equal(new DataView(table.seal('new').buffer).getUint32(1), second)
    assert.equal(table.openText(old), 'old')
  })

  it('are unknown to those who hold the table from before, until these open it again', async () => {
    const shared = await envelope.createTable()
    const holder = await envelope.openTable(await shared.save())
    shared.rotate()
    const record = shared.seal('new')
    const error = throwsCode(() => holder.open(record), 'ERR_POLICY_KEY')
    assert.match(error.hint ?? '', /open the stored one again/)
    const reopened = await envelope.openTable(await shared.save())
    assert.equal(reopened.openText(record), 'new')
    assert.equal(reopened.openText(holder.seal('old')), 'old')
    // In two steps nobody notices.
    const next = shared.add()
    const prepared = await envelope.openTable(await shared.save())
    shared.promote(next)
    assert.equal(prepared.openText(shared.seal('newer')), 'newer')
  })

  it('are disabled, enabled and destroyed, and the primary one is not', async () => {
    const fresh = await envelope.createTable()
    const [key] = fresh.keys()
    const id = key?.id ?? 0
    const record = fresh.seal('value')
    throwsCode(() => fresh.disable(id), 'ERR_STATE')
    throwsCode(() => fresh.destroy(id), 'ERR_STATE')
    fresh.rotate()
    fresh.disable(id)
    throwsCode(() => fresh.open(record), 'ERR_POLICY_KEY')
    throwsCode(() => fresh.promote(id), 'ERR_STATE')
    fresh.enable(id)
    assert.equal(fresh.openText(record), 'value')
    fresh.destroy(id)
    throwsCode(() => fresh.open(record), 'ERR_POLICY_KEY')
    throwsCode(() => fresh.enable(id), 'ERR_STATE')
    const again = await envelope.openTable(await fresh.save())
    assert.deepEqual(
      again.keys().map(({ status, kind }) => [status, kind]),
      [
        ['destroyed', 'other'],
        ['enabled', 'XAES-256-GCM'],
      ],
    )
  })

  it('are named by numbers that the table has', () => {
    for (const id of [-1, 1.5, 2 ** 32, Number.NaN, '17', undefined, null]) {
      throwsCode(() => table.enable(id as number), 'ERR_ARGUMENT')
    }
    throwsCode(() => table.promote(first ^ 1), 'ERR_ARGUMENT')
  })

  it('are at most 512', async () => {
    const full = await envelope.createTable()
    for (let i = 1; i < 512; i++) full.add()
    throwsCode(() => full.add(), 'ERR_LIMIT')
    throwsCode(() => full.rotate(), 'ERR_LIMIT')
    const stored = await full.save({ format: 'json' })
    assert.deepEqual((await envelope.openTable(stored)).keys(), full.keys())
  })

  it('are gone once the table is disposed of', async () => {
    const gone = await envelope.createTable()
    const record = gone.seal('value')
    const entries: RecordEntry[] = [{ record }]
    gone.dispose()
    gone[Symbol.dispose]()
    for (const work of [
      () => gone.seal('value'),
      () => gone.open(record),
      () => gone.openAll(entries),
      () => gone.committing.seal('value'),
      () => gone.keys(),
      () => gone.rotate(),
    ]) {
      throwsCode(work, 'ERR_STATE')
    }
    await rejectsCode(gone.save(), 'ERR_STATE')
  })

  it('show nothing of themselves', () => {
    assert.doesNotMatch(JSON.stringify(table), /handle|[0-9a-f]{32}/i)
    assert.ok(randomBytes(1).length === 1)
  })
})
