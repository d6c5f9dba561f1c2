// Objects and kept slots of ours handed to the Python package cryptography, and its to us: random
// contexts and lengths from a seed, as many as CASES says each way.
import assert from 'node:assert/strict'

import { derived } from '../memory/residue/derived.mjs'
import { Peer } from '../support/peer.mjs'
import { rawKey } from './support/cases.mjs'
import { serialise } from './support/context.mjs'
import { python, root } from './support/setup.mjs'

const { wrappingKey } = await import('../../js/dist/index.js')
const { Objects } = await import('../../js/dist/object.js')

const CASES = 500
const WORDS = ['', 'row', 'naïve 鍵', '\u{10000}', '\uFFFD', 'clé', '17', '\u0000']
const LENGTHS = [0, 1, 16, 1000, 16_383, 16_384, 16_385, 32_768, 32_769, 50_000]

const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64'))

function sample(label) {
  const dice = derived(label, 16)
  const pairs = new Map()
  for (let i = 0; i < dice[0] % 4; i++) {
    pairs.set(WORDS[dice[1 + i] % WORDS.length], WORDS[dice[5 + i] % WORDS.length])
  }
  const length = LENGTHS[dice[9] % LENGTHS.length] + (dice[10] % 2) * dice[11]
  const context = Object.fromEntries(pairs)
  return { context, pairs: [...pairs], plaintext: new Uint8Array(derived(label, length)) }
}

function altered(bytes, at) {
  const copy = bytes.slice()
  copy[at % copy.length] ^= 1
  return copy
}

/** Both ways. */
export async function objects(report) {
  const script = `${root}/tests/interop/python/object_peer.py`
  const peer = new Peer('python, objects', python(), ['-B', script])
  const key = rawKey('objects')
  const { namespace, name } = key
  const given = { namespace, name, key: base64(key.bytes) }
  const ours = new Objects({ rootKey: wrappingKey(key.bytes, { namespace, name }) })
  try {
    await report.group('objects of ours, by cryptography for Python', async (check) => {
      for (let i = 0; i < CASES; i++) {
        await check(`case ${i}`, async () => {
          const { context, pairs, plaintext } = sample(`object of ours ${i}`)
          const { body, slots } = await ours.seal(plaintext, { context })
          const bound = base64(serialise(pairs))
          const request = { do: 'open', ...given, slot: slots[0], context: bound }
          const reply = await peer.ask({ ...request, body: base64(body) })
          assert.equal(Buffer.compare(bytesOf(reply.plaintext), plaintext), 0)
        })
      }
    })
    await report.group('objects of cryptography for Python, by ours', async (check) => {
      for (let i = 0; i < CASES; i++) {
        await check(`case ${i}`, async () => {
          const { context, pairs, plaintext } = sample(`object of theirs ${i}`)
          const bound = base64(serialise(pairs))
          const request = { do: 'seal', ...given, context: bound, plaintext: base64(plaintext) }
          const { body, slot } = await peer.ask(request)
          const [bytes, slots] = [bytesOf(body), [slot]]
          const opened = await ours.open(bytes, { slots, context })
          assert.equal(Buffer.compare(opened, plaintext), 0)
          const fetch = async (start, end) => bytes.slice(start, end)
          const source = { size: bytes.length, slots, fetch }
          const middle = plaintext.length >> 1
          const half = await ours.openRange(source, middle, plaintext.length, { context })
          assert.equal(Buffer.compare(half, plaintext.subarray(middle)), 0)
          await assert.rejects(ours.open(altered(bytes, i * 7919), { slots, context }))
        })
      }
    })
  } finally {
    await peer.close()
  }
}
