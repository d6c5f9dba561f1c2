/** Explanations: of everything that the package and others write, and of where they stop. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Envelope } from 'tsutsumi'
import { type Explanation, explain, sealJwe, sealTinkEnvelope, sharedKey } from 'tsutsumi/interop'
import { throwsCode } from './support/failure.js'
import { bytesOf, localKey, randomBytes } from './support/keys.js'

interface Vectors {
  readonly tests: readonly {
    readonly name: string
    readonly clause: string
    readonly expect: string
    readonly message: string
  }[]
}

const url = new URL('../../tests/vectors/messages.json', import.meta.url)
const vectors = JSON.parse(readFileSync(url, 'utf8')) as Vectors

/** Fields follow one another without a gap, from the first byte to the last. */
function covers(found: Explanation, length: number): void {
  let end = 0
  for (const clause of found.clauses) {
    assert.equal(clause.offset, end, clause.name)
    end += clause.length
  }
  assert.equal(end, length)
  assert.equal(found.stop, undefined)
}

function fact(found: Explanation, name: string): string | undefined {
  return found.facts.find(([other]) => other === name)?.[1]
}

test('messages of every suite are explained without a gap, tables among them', async () => {
  const envelope = new Envelope({ rootKey: localKey() })
  for (const length of [0, 100, 200_000]) {
    const message = await envelope.encrypt(randomBytes(length), { context: { tenant: 'acme' } })
    const found = explain(message)
    assert.equal(found.format, 'message')
    assert.equal(fact(found, 'plaintext'), `${length} bytes`)
    assert.equal(fact(found, 'context'), 'tenant = acme')
    covers(found, message.length)
    assert.deepEqual(explain(Buffer.from(message).toString('base64')), found)
  }
  const table = await envelope.createTable()
  const saved = await table.save()
  assert.match(fact(explain(saved), 'inside') ?? '', /key table/)
  const record = table.seal('value', { row: '1' })
  const found = explain(record)
  assert.deepEqual([found.format, fact(found, 'value')], ['record', '5 bytes'])
  assert.equal(fact(found, 'key id'), String(table.keys()[0]?.id))
  covers(found, record.length)
  const text = table.sealText('value', { row: '1' })
  assert.deepEqual([explain(text).format, fact(explain(text), 'value')], ['record', '5 bytes'])
  const committing = explain(table.committing.seal('value', { row: '1' }), { as: 'object' })
  assert.match(fact(committing, 'or') ?? '', /committing record/)
})

test('a record as text is recognised whatever its key is', () => {
  for (const first of [0, 0x3f, 0x40, 0x80, 0xc0, 0xff]) {
    const record = Uint8Array.of(1, first, ...new Uint8Array(46))
    assert.equal(explain(Buffer.from(record).toString('base64url')).format, 'record')
  }
})

test('our vectors: good ones to their end, malformed ones to where they stop', () => {
  let [whole, stopped] = [0, 0]
  for (const { name, clause, expect, message } of vectors.tests) {
    const bytes = Buffer.from(message, 'base64')
    const found = explain(bytes, { as: 'message' })
    if (expect === 'ok') {
      covers(found, bytes.length)
      whole += 1
    } else if (/^ERR_FORMAT/.test(expect) && !/^(M-8|M-40|C-7)$/.test(clause)) {
      assert(found.stop !== undefined, name)
      assert(found.stop.offset <= bytes.length, name)
      stopped += 1
    }
  }
  assert(whole >= 25 && stopped >= 40, `${whole}, ${stopped}`)
})

test('every cut of a message is explained up to the cut', async () => {
  const message = await new Envelope({ rootKey: localKey() }).encrypt(bytesOf('plaintext'))
  for (let length = 3; length < message.length; length++) {
    const { stop, clauses } = explain(message.subarray(0, length), { as: 'message' })
    assert.equal(stop?.offset, length)
    const last = clauses.at(-1)
    assert((last?.offset ?? 0) + (last?.length ?? 0) <= length)
  }
})

test('foreign formats are recognised by their content', async () => {
  const key = await sharedKey(randomBytes(32))
  for (const form of ['compact', 'general'] as const) {
    const found = explain(await sealJwe(bytesOf('x'), { key, algorithm: 'A256GCMKW', form }))
    assert.deepEqual([found.format, fact(found, 'alg')], ['jwe', 'A256GCMKW'])
    assert.equal(found.stop, undefined)
  }
  for (const choice of [{ key }, { rootKey: localKey() }]) {
    const envelope = await sealTinkEnvelope(bytesOf('value'), choice)
    const found = explain(envelope)
    assert.deepEqual([found.format, fact(found, 'plaintext')], ['tink-envelope', '5 bytes'])
    covers(found, envelope.length)
  }
  const s3 = explain(
    JSON.stringify({
      'x-amz-key-v2': 'AAAA',
      'x-amz-iv': 'AAAAAAAAAAAAAAAA',
      'x-amz-wrap-alg': 'kms+context',
      'x-amz-cek-alg': 'AES/GCM/NoPadding',
      'x-amz-tag-len': '128',
      'x-amz-matdesc': '{"aws:x-amz-cek-alg":"AES/GCM/NoPadding"}',
    }),
  )
  assert.deepEqual([s3.format, s3.stop, fact(s3, 'version')], ['s3-metadata', undefined, '2'])
  const slot = { v: 1, provider: 'ibm-key-protect', rootKey: 'crn:…', wrapped: 'eyJ9' }
  assert.equal(explain(JSON.stringify(slot)).format, 'slot')
  const list = explain(JSON.stringify([slot, { ...slot, provider: 'aws-kms' }]))
  assert.deepEqual([list.format, list.stop, list.clauses.length], ['slot', undefined, 8])
  assert.deepEqual(
    list.facts.filter(([name]) => name === 'provider').map(([, value]) => value),
    ['ibm-key-protect', 'aws-kms'],
  )
  assert.match(explain('{"provider":"p","wrapped":""}').stop?.message ?? '', /`v`/)
})

test('an object, a keyset without its keys, and what is nothing of all that', () => {
  const object = randomBytes(56 + 16_400 + 17)
  const found = explain(object, { as: 'object' })
  assert.deepEqual([fact(found, 'chunks'), fact(found, 'plaintext')?.split(' ')[0]], ['2', '16385'])
  covers(found, object.length)
  assert.equal(explain(object.subarray(0, 56 + 16_400), { as: 'object' }).stop?.offset, 16_456)
  const data = { typeUrl: 't', value: 'c2VjcmV0', keyMaterialType: 'SYMMETRIC' }
  const keys = [{ keyData: data, status: 'ENABLED', keyId: 7, outputPrefixType: 'TINK' }]
  const keyset = explain(JSON.stringify({ primaryKeyId: 7, key: keys }))
  assert.deepEqual([keyset.format, fact(keyset, 'key')], ['keyset', '7, ENABLED, TINK'])
  assert(!JSON.stringify(keyset).includes('c2VjcmV0'))
  throwsCode(() => explain('this is text and no message'), 'ERR_FORMAT_VERSION')
  throwsCode(() => explain(object, { as: 'nothing' as 'jwe' }), 'ERR_ARGUMENT')
  assert.equal(explain('{', { as: 'slot' }).stop?.message, 'this is not JSON')
})
