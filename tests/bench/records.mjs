// Records of 100 bytes under keys at hand, bound to the row that they stand in: what sealing and
// opening one costs, ours beside others. Each row gives a sealed value that can be stored as it is.
//
//   tsutsumi           table.seal and table.open: XAES-256-GCM, a key of its own for each record,
//                      nonces good for ever, the context serialised in the core; synchronous
//   tsutsumi, many     sealAll and openAll of 256 records a call, for each of them
//   tsutsumi, commits  table.committing: a key derived by HMAC-SHA-512 and compared, too
//   node:crypto        createCipheriv('aes-256-gcm') on a KeyObject, a random 96-bit nonce, good
//                      for 2³² records, a serialised context given; synchronous
//   WebCrypto          the same by subtle, awaited one by one
import nodeCrypto, { webcrypto } from 'node:crypto'

import { Envelope, wrappingKey } from '../../js/dist/index.js'
import { measure, summary } from './measure.mjs'

const VALUE = new Uint8Array(100).fill(0x5a)
const CONTEXT = { row: '17' }
const AAD = Buffer.from('\0\u0001\0\u0003row\0\u000217', 'latin1')
const MANY = 256

const key = new Uint8Array(nodeCrypto.randomBytes(32))

const sync = (work) => ({
  run(n) {
    for (let i = 0; i < n; i++) work()
  },
})

const awaited = (work) => ({
  async run(n) {
    for (let i = 0; i < n; i++) await work()
  },
})

function oneByOne(records) {
  const record = records.seal(VALUE, CONTEXT)
  const open = () => records.open(record, CONTEXT)
  return { opened: open(), seal: sync(() => records.seal(VALUE, CONTEXT)), open: sync(open) }
}

function many(table) {
  const values = Array.from({ length: MANY }, () => ({ value: VALUE, context: CONTEXT }))
  const records = table.sealAll(values).map((record) => ({ record, context: CONTEXT }))
  const open = () => table.openAll(records)
  return { opened: open()[0], seal: sync(() => table.sealAll(values)), open: sync(open), of: MANY }
}

function nodeGcm() {
  const secret = nodeCrypto.createSecretKey(key)
  const seal = () => {
    const nonce = nodeCrypto.randomBytes(12)
    const cipher = nodeCrypto.createCipheriv('aes-256-gcm', secret, nonce)
    cipher.setAAD(AAD)
    return Buffer.concat([nonce, cipher.update(VALUE), cipher.final(), cipher.getAuthTag()])
  }
  const record = seal()
  const open = () => {
    const decipher = nodeCrypto.createDecipheriv('aes-256-gcm', secret, record.subarray(0, 12))
    decipher.setAAD(AAD)
    decipher.setAuthTag(record.subarray(-16))
    return Buffer.concat([decipher.update(record.subarray(12, -16)), decipher.final()])
  }
  return { opened: open(), seal: sync(seal), open: sync(open) }
}

async function webCrypto() {
  const { subtle } = webcrypto
  const secret = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const name = 'AES-GCM'
  const seal = async () => {
    const iv = webcrypto.getRandomValues(new Uint8Array(12))
    const sealed = await subtle.encrypt({ name, iv, additionalData: AAD }, secret, VALUE)
    return Buffer.concat([iv, new Uint8Array(sealed)])
  }
  const record = await seal()
  const [iv, sealed] = [record.subarray(0, 12), record.subarray(12)]
  const open = () => subtle.decrypt({ name, iv, additionalData: AAD }, secret, sealed)
  return { opened: new Uint8Array(await open()), seal: awaited(seal), open: awaited(open) }
}

async function rows() {
  const envelope = new Envelope({ rootKey: wrappingKey(key, { namespace: 'acme', name: 'x' }) })
  const table = await envelope.createTable()
  return {
    tsutsumi: oneByOne(table),
    'tsutsumi, many': many(table),
    'tsutsumi, commits': oneByOne(table.committing),
    'node:crypto': nodeGcm(),
    WebCrypto: await webCrypto(),
  }
}

/** Measures, prints, and returns microseconds and ratios for each row and work. */
export async function records(rounds) {
  const made = await rows()
  for (const [name, { opened }] of Object.entries(made)) {
    // A row that does not give back what it was given would be fast for nothing.
    if (Buffer.compare(opened, VALUE) !== 0) throw new Error(`${name} opens wrongly`)
  }
  console.log('\nrecords of 100 B: µs best (median), records a second at best, ratio to tsutsumi')
  const results = {}
  for (const work of ['seal', 'open']) {
    const jobs = Object.fromEntries(Object.entries(made).map(([name, row]) => [name, row[work]]))
    const measured = await measure(jobs, rounds)
    const each = (name) => measured[name].map((micros) => micros / (made[name].of ?? 1))
    results[work] = {}
    for (const name of Object.keys(made)) {
      const row = summary(each(name), each('tsutsumi'))
      results[work][name] = row
      const { best_us, median_us, ratio, ratio_p10, ratio_p90 } = row
      const rate = `${Math.round(1e6 / best_us).toLocaleString('en')}/s`.padStart(12)
      const spread = `×${ratio.toFixed(2)} (${ratio_p10.toFixed(2)}–${ratio_p90.toFixed(2)})`
      const times = `${best_us.toFixed(2)} (${median_us.toFixed(2)})`.padStart(16)
      console.log(`${work.padEnd(6)}${name.padEnd(20)}${times}${rate}   ${spread}`)
    }
  }
  return results
}
