import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { Envelope } from 'tsutsumi'
import type { KeyTable, RecordContext, Records, RecordValue } from 'tsutsumi/table'
import { throwsCode } from './support/failure.js'
import { bytesOf, localKey, randomBytes } from './support/keys.js'

const envelope = new Envelope({ rootKey: localKey() })
let table: KeyTable

before(async () => {
  table = await envelope.createTable()
})

/** Both kinds of records, with what each adds and where its key's id stands. */
function kinds(): readonly (readonly [records: Records, overhead: number, id: number])[] {
  return [
    [table, 45, 1],
    [table.committing, 72, 0],
  ]
}

describe('records', () => {
  it('hold bytes and text of every length, in bytes and as text', () => {
    for (const [records, overhead] of kinds()) {
      for (const length of [0, 1, 16, 100, 5000, 20_000]) {
        const value = randomBytes(length)
        const context = { table: 'cards', row: `${length}` }
        const record = records.seal(value, context)
        const more = overhead === 72 ? 16 * Math.floor(length / 16_384) : 0
        assert.equal(record.length, length + overhead + more)
        assert.deepEqual(records.open(record, context), value)
        const text = records.sealText(value, context)
        assert.match(text, /^[\w-]+$/)
        assert.deepEqual(records.open(text, context), value)
        assert.deepEqual(records.open(Buffer.from(text, 'base64url'), context), value)
      }
      for (const value of ['', 'x', 'naïve 鍵 \u{10000}', '\uFEFFmark', 'é'.repeat(40_000)]) {
        assert.equal(records.openText(records.seal(value)), value)
        assert.equal(records.openText(records.sealText(value)), value)
        assert.deepEqual(records.open(records.seal(value)), bytesOf(value))
      }
    }
  })

  it('are refused when a bit is flipped, when cut, when longer', () => {
    for (const [records, overhead, id] of kinds()) {
      const record = records.seal('value', { row: '17' })
      for (let bit = 0; bit < record.length * 8; bit++) {
        const altered = record.slice()
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const place = bit >> 3
        const named = place >= id && place < id + 4
        const code =
          named || (place === 0 && bit === 0)
            ? 'ERR_POLICY_KEY'
            : place === 0
              ? 'ERR_FORMAT_VERSION'
              : 'ERR_OPEN_FAILED'
        throwsCode(() => records.open(altered, { row: '17' }), code)
      }
      for (let length = 0; length < overhead; length++) {
        const cut = record.subarray(0, length)
        throwsCode(() => records.open(cut, { row: '17' }), 'ERR_FORMAT_TRUNCATED')
      }
      const longer = Buffer.concat([record, bytesOf('x')])
      throwsCode(() => records.open(longer, { row: '17' }), 'ERR_OPEN_FAILED')
      assert.equal(records.openText(record, { row: '17' }), 'value')
    }
  })

  it('are refused under another context, table, kind or key', async () => {
    const other = await envelope.createTable()
    for (const [records, , id] of kinds()) {
      const record = records.seal('value', { row: '17' })
      const contexts: (RecordContext | undefined)[] = [
        undefined,
        {},
        { row: '18' },
        { Row: '17' },
        { row: '17', more: '' },
        bytesOf('row17'),
      ]
      for (const context of contexts) {
        throwsCode(() => records.open(record, context), 'ERR_OPEN_FAILED')
      }
      const theirs: Records = records === table ? other : other.committing
      throwsCode(() => theirs.open(record, { row: '17' }), 'ERR_POLICY_KEY')
      const moved = record.slice()
      new DataView(moved.buffer).setUint32(id, table.add())
      throwsCode(() => records.open(moved, { row: '17' }), 'ERR_OPEN_FAILED')
    }
    assert.throws(() => table.committing.open(table.seal('value'.repeat(20))))
    assert.throws(() => table.open(table.committing.seal('value')))
  })

  it('are bound to a context in whatever order and language its keys are', () => {
    const pairs = { '\u{10000}': 'Linear B', '\uFFFD': 'replacement', 'naïve 鍵': 'clé', '': '' }
    const turned = Object.fromEntries(Object.entries(pairs).reverse())
    assert.equal(table.openText(table.seal('value', pairs), turned), 'value')
    // The serialised form, as other programs give it to Tink as associated data.
    const encoded = Buffer.from('\0\u0001\0\u0003row\0\u000217', 'latin1')
    assert.equal(table.openText(table.seal('value', { row: '17' }), encoded), 'value')
    assert.equal(table.openText(table.seal('value', encoded), { row: '17' }), 'value')
    assert.equal(table.openText(table.seal('value', {}), new Uint8Array()), 'value')
  })

  it('are refused as text that is none of theirs', () => {
    const text = table.sealText('value')
    for (const other of [`${text}=`, `${text}\n`, text.replace(/^./, '+'), `${text}é`, '\uD800']) {
      throwsCode(() => table.open(other), 'ERR_FORMAT_INVALID')
    }
    throwsCode(() => table.open(''), 'ERR_FORMAT_TRUNCATED')
    throwsCode(() => table.openText(table.seal(Uint8Array.of(0xff))), 'ERR_FORMAT_INVALID')
  })

  it('take no other values, records and contexts', () => {
    for (const value of [undefined, null, 17, {}, [1], new Uint16Array(2), '\uD800']) {
      throwsCode(() => table.seal(value as RecordValue), 'ERR_ARGUMENT')
    }
    for (const record of [undefined, null, 17, {}]) {
      throwsCode(() => table.open(record as RecordValue), 'ERR_ARGUMENT')
    }
    for (const context of [
      null,
      17,
      'row',
      { row: 17 },
      { row: '\uDC00' },
      [],
      new Uint16Array(1),
    ]) {
      throwsCode(() => table.seal('value', context as RecordContext), 'ERR_ARGUMENT')
    }
    throwsCode(() => table.seal('value', { 'aws-crypto-x': '' }), 'ERR_POLICY_CONTEXT')
    throwsCode(() => table.seal('value', { row: 'x'.repeat(70_000) }), 'ERR_LIMIT')
    throwsCode(() => table.seal('value', { row: '鍵'.repeat(30_000) }), 'ERR_LIMIT')
    throwsCode(() => table.seal(new Uint8Array(9 << 20)), 'ERR_LIMIT')
    const large = randomBytes(8 << 20)
    assert.ok(Buffer.from(large).equals(table.open(table.seal(large))))
  })

  it('of Tink are opened', async () => {
    const path = new URL('../../tests/vectors/tink-py.json', import.meta.url)
    assert.ok(existsSync(path))
    const { tests } = JSON.parse(readFileSync(path, 'utf8')) as {
      tests: {
        keyset: { key: { keyData: { typeUrl: string } }[] }
        plaintextLength: number
        aadHex: string
        ciphertextBase64: string
      }[]
    }
    const context = { 'tsutsumi:type': 'key-table' }
    const known = tests.filter(({ keyset }) =>
      /\.X?AesGcmKey$/.test(keyset.key[0]?.keyData.typeUrl ?? ''),
    )
    assert.equal(known.length, 32)
    await Promise.all(
      known.map(async ({ keyset, plaintextLength, aadHex, ciphertextBase64 }) => {
        const message = await envelope.encrypt(bytesOf(JSON.stringify(keyset)), { context })
        const foreign = await envelope.openTable(message)
        const record = Buffer.from(ciphertextBase64, 'base64')
        const value = foreign.open(record, new Uint8Array(Buffer.from(aadHex, 'hex')))
        assert.equal(value.length, plaintextLength)
        foreign.dispose()
      }),
    )
  })
})

describe('many records a call', () => {
  const entries = (count: number, length = 100): { value: Uint8Array; context: RecordContext }[] =>
    Array.from({ length: count }, (_, i) => ({
      value: randomBytes(i % length),
      context: i % 7 === 0 ? bytesOf(`row ${i}`) : { row: `${i}` },
    }))

  it('are what they are one by one, in whatever mixture', () => {
    for (const [records] of kinds()) {
      const given = entries(500)
      const sealed = records.sealAll(given)
      const texts = records.sealAllText(given)
      given.forEach(({ value, context }, i) => {
        assert.deepEqual(records.open(sealed[i] ?? '', context), value)
        assert.deepEqual(records.open(texts[i] ?? '', context), value)
      })
      const mixed = given.map(({ value, context }, i) => ({
        record: i % 3 === 0 ? records.sealText(value, context) : records.seal(value, context),
        context,
      }))
      assert.deepEqual(
        records.openAll(mixed),
        given.map(({ value }) => value),
      )
      assert.deepEqual(records.openAllText(records.sealAllText([{ value: 'é' }]).map(recordOf)), [
        'é',
      ])
      // Each under a nonce of its own.
      assert.equal(new Set(sealed.map((record) => `${record.subarray(0, 29)}`)).size, 500)
    }
  })

  it('go in pieces when they are long, and may be none', () => {
    const given = [...entries(200, 20_000), { value: randomBytes(3 << 20), context: {} }]
    const sealed = table.sealAll(given)
    const opened = table.openAll(sealed.map((record, i) => ({ record, ...contextOf(given[i]) })))
    opened.forEach((value, i) => {
      assert.ok(Buffer.from(value).equals(given[i]?.value ?? new Uint8Array()))
    })
    assert.deepEqual(table.sealAll([]), [])
    assert.deepEqual(table.openAll([]), [])
  })

  it('are refused as a whole, and the one at fault is named', () => {
    const given = entries(20)
    const sealed = table.sealAll(given).map((record, i) => ({ record, ...contextOf(given[i]) }))
    for (const position of [0, 7, 19]) {
      const altered = sealed.map((entry, i) =>
        i === position ? { ...entry, context: { row: 'other' } } : entry,
      )
      const error = throwsCode(() => table.openAll(altered), 'ERR_OPEN_FAILED')
      assert.equal(error.message, 'opening failed')
      assert.equal(error.hint, `It is entry ${position}, counted from 0.`)
    }
    const bad = [{ value: 'x' }, { value: 17 as unknown as string }]
    const error = throwsCode(() => table.sealAll(bad), 'ERR_ARGUMENT')
    assert.match(error.hint ?? '', /entry 1,/)
    const misspelt = [{ value: 'x', ...({ contexts: {} } as object) }]
    throwsCode(() => table.sealAll(misspelt), 'ERR_ARGUMENT')
    for (const none of [undefined, null, 'x', {}, [null], ['x']]) {
      throwsCode(() => table.openAll(none as unknown as []), 'ERR_ARGUMENT')
    }
  })
})

function recordOf(record: string): { record: string } {
  return { record }
}

function contextOf(entry: { context: RecordContext } | undefined): { context: RecordContext } {
  return { context: entry?.context ?? {} }
}
