// Key tables and records of ours handed to the AWS Encryption SDK and Tink for Python, and theirs
// to us: random keysets, values and contexts, as many as CASES says each way.
import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'

import { Peer, Refused } from '../support/peer.mjs'
import { rawKey, refused } from './support/cases.mjs'
import { serialise } from './support/context.mjs'
import { python, root } from './support/setup.mjs'

const { Envelope, wrappingKey } = await import('../../js/dist/index.js')

const CASES = 500
const TYPE = ['tsutsumi:type', 'key-table']

// What Tink makes that we read; the last kinds only open here.
const TEMPLATES = ['XAES_256_GCM_192_BIT_NONCE', 'AES256_GCM', 'AES128_GCM']
const RAW = ['XAES_256_GCM_192_BIT_NONCE_NO_PREFIX', 'XAES_256_GCM_160_BIT_NONCE_NO_PREFIX']

const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64'))
const pick = (list) => list[randomInt(list.length)]
const times = (count, make) => Array.from({ length: count }, (_, index) => make(index))

const WORDS = ['', 'row', 'tenant', 'naïve 鍵', '\u{10000}', '\uFFFD', 'clé', '17', '\u0000']

function randomContext() {
  return [...new Map(times(randomInt(4), () => [pick(WORDS), pick(WORDS)])).entries()]
}

function randomValue() {
  return new Uint8Array(randomBytes(pick([0, 1, 15, 16, 17, 100, 1000, randomInt(20_000)])))
}

const described = (key) => ({ ...key, bytes: undefined, key: base64(key.bytes) })

function envelopeOf(key) {
  const { namespace, name } = key
  return new Envelope({ rootKey: wrappingKey(key.bytes, { namespace, name }) })
}

// A table that was changed at random, records under each key it ever sealed with, and what Tink is
// to open of them: what is under keys that are still enabled.
async function ourCase(envelope, context) {
  const table = await envelope.createTable({ context: Object.fromEntries(context) })
  const sealed = []
  for (let keys = randomInt(1, 4); keys > 0; keys--) {
    const { id } = table.keys().find(({ primary }) => primary)
    for (const committing of [false, true]) {
      const [value, pairs] = [randomValue(), randomContext()]
      const records = committing ? table.committing : table
      const record = records.seal(value, Object.fromEntries(pairs))
      sealed.push({ id, committing, value, aad: serialise(pairs), record })
    }
    if (keys > 1) table.rotate()
  }
  const others = table.keys().filter(({ primary }) => !primary)
  for (const { id } of others.filter(() => randomInt(3) === 0)) {
    if (randomInt(2) === 0) table.disable(id)
    else table.destroy(id)
  }
  const enabled = table.keys().filter(({ status }) => status === 'enabled')
  const open = sealed.filter(({ id }) => enabled.some((key) => key.id === id))
  return { table, open, closed: sealed.filter((record) => !open.includes(record)) }
}

const asked = ({ committing, aad, record }) => ({
  committing,
  aad: base64(aad),
  record: base64(record),
})

async function oursToTink(peer, key, envelope) {
  const context = randomContext()
  const { table, open, closed } = await ourCase(envelope, context)
  const format = pick(['binary', 'json'])
  const request = {
    do: 'open',
    key: described(key),
    context: [...context, TYPE],
    message: base64(await table.save({ format })),
    format,
  }
  const reply = await peer.ask({ ...request, records: open.map(asked) })
  const keys = table.keys()
  assert.deepEqual(
    reply.ids,
    keys.map(({ id }) => id),
  )
  assert.deepEqual(
    reply.statuses,
    keys.map(({ status }) => status.toUpperCase()),
  )
  assert.equal(reply.primary, keys.find(({ primary }) => primary).id)
  assert.deepEqual(
    reply.values,
    open.map(({ value }) => base64(value)),
  )
  // Control: what is altered, or under a key that is disabled or gone, Tink does not open.
  const no = closed.find(({ committing }) => !committing) ?? altered(open[0])
  await refused(peer.ask({ ...request, records: [asked(no)] }))
  table.dispose()
}

function altered(sealed) {
  const record = sealed.record.slice()
  record[record.length - 1] ^= 1
  return { ...sealed, record }
}

async function tinkToOurs(peer, key, envelope, number) {
  const context = randomContext()
  // One key without a prefix at the most, which has to be known by being the only one.
  const templates = times(randomInt(1, 4), () => pick(TEMPLATES))
  if (number % 3 === 0) templates.splice(randomInt(templates.length), 1, pick(RAW))
  const values = templates.map(() =>
    times(2, () => ({ value: randomValue(), pairs: randomContext() })),
  )
  const reply = await peer.ask({
    do: 'seal',
    key: described(key),
    context: [...context, TYPE],
    templates,
    suite: pick(['0478', '0578']),
    format: pick(['binary', 'json']),
    values: values.map((list) =>
      list.map(({ value, pairs }) => ({ value: base64(value), aad: base64(serialise(pairs)) })),
    ),
  })
  const table = await envelope.openTable(bytesOf(reply.message), {
    context: Object.fromEntries(context),
  })
  assert.deepEqual(
    table.keys().map(({ id }) => id),
    reply.ids,
  )
  const entries = values.flatMap((list, key) =>
    list.map(({ value, pairs }, index) => ({
      record: bytesOf(reply.records[key][index]),
      context: Object.fromEntries(pairs),
      value,
    })),
  )
  for (const { record, context, value } of entries) {
    assert.deepEqual(table.open(record, context), value)
  }
  const records = entries.map(({ record, context }) => ({ record, context }))
  assert.deepEqual(
    table.openAll(records),
    entries.map(({ value }) => value),
  )
  const [{ record, context: bound }] = entries
  assert.throws(() => table.open(altered({ record }).record, bound))
  table.dispose()
}

/** Both ways. */
export async function tables(report) {
  const peer = new Peer('python, tables', python(), [
    '-B',
    `${root}/tests/interop/python/table_peer.py`,
  ])
  const key = rawKey('tables')
  const envelope = envelopeOf(key)
  try {
    await report.group('tables of ours, by the SDK and Tink for Python', async (check) => {
      for (let i = 0; i < CASES; i++)
        await check(`case ${i}`, () => oursToTink(peer, key, envelope))
    })
    await report.group('tables of Tink and the SDK for Python, by ours', async (check) => {
      for (let i = 0; i < CASES; i++) {
        await check(`case ${i}`, () => tinkToOurs(peer, key, envelope, i))
      }
    })
    await report.group('control: tables under another key are refused', async (check) => {
      await check('by the SDK for Python', async () => {
        const table = await envelope.createTable()
        const request = { do: 'open', context: [TYPE], format: 'binary', records: [] }
        const message = base64(await table.save())
        await peer.ask({ ...request, key: described(key), message })
        const stranger = described({ ...key, bytes: randomBytes(32) })
        await assert.rejects(peer.ask({ ...request, key: stranger, message }), Refused)
      })
    })
  } finally {
    await peer.close()
  }
}
