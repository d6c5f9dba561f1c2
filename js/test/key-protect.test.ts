import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { DataKey, Envelope, type Slot } from 'tsutsumi'
import { type KeyProtect, type KeyProtectOptions, keyProtect } from 'tsutsumi/key-protect'
import { makeClient } from '../dist/key-protect/client.js'
import { rejectsCode } from './support/failure.js'
import { API_KEY, FakeService, INSTANCE, json, refusal } from './support/fake-service.js'
import { bytesOf } from './support/keys.js'

const service = new FakeService()

function options(more: Partial<KeyProtectOptions> = {}): KeyProtectOptions {
  return { url: service.url, instance: INSTANCE, apiKey: API_KEY, ...more }
}

function client(more: Partial<KeyProtectOptions> = {}): KeyProtect {
  return keyProtect(options(more))
}

describe('keyProtect', () => {
  before(() => service.start())
  after(() => service.stop())
  beforeEach(() => service.reset())

  it('seals and opens, with one token and one call for each', async () => {
    const envelope = new Envelope({ rootKey: client().key(service.crn) })
    const context = { tenant: 'acme' }
    const message = await envelope.encrypt(bytesOf('order 17'), { context })
    const { plaintext } = await envelope.decrypt(message, { context })
    assert.deepEqual(plaintext, bytesOf('order 17'))
    const asked = service.seen.map((seen) => seen.operation)
    assert.deepEqual(asked, ['token', 'wrap', 'unwrap'])
  })

  it('sends what the service wants to see', async () => {
    using dataKey = DataKey.generate()
    await client({ keyRing: 'ring' })
      .key(service.crn)
      .wrap(dataKey, { context: { a: '1' } })
    const [token, wrap] = service.seen
    assert.equal(token?.headers['content-type'], 'application/x-www-form-urlencoded')
    const form = new URLSearchParams(token?.body)
    assert.equal(form.get('apikey'), API_KEY)
    assert.equal(form.get('grant_type'), 'urn:ibm:params:oauth:grant-type:apikey')
    assert.equal(wrap?.headers['authorization'], 'Bearer canary-token-1')
    assert.equal(wrap?.headers['bluemix-instance'], INSTANCE)
    assert.equal(wrap?.headers['x-kms-key-ring'], 'ring')
    assert.match(
      String(wrap?.headers['correlation-id']),
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    )
    const body = JSON.parse(wrap?.body ?? '') as { plaintext: string; aad: string[] }
    assert.equal(Buffer.from(body.plaintext, 'base64').length, 32)
    assert.equal(body.aad.length, 1)
    assert.match(body.aad[0] ?? '', /^[A-Za-z0-9_-]{64}$/)
  })

  it('addresses actions in either form', async () => {
    using dataKey = DataKey.generate()
    for (const [actionForm, url] of [
      ['path', `/api/v2/keys/${service.keyId}/actions/wrap`],
      ['query', `/api/v2/keys/${service.keyId}?action=wrap`],
    ] as const) {
      const rootKey = client({ actionForm }).key(service.crn)
      ;(await rootKey.unwrap(await rootKey.wrap(dataKey))).dispose()
      assert.ok(service.seen.some((seen) => seen.url === url))
    }
  })

  it('looks an alias up once, for however many callers', async () => {
    const rootKey = client().key('orders')
    using dataKey = DataKey.generate()
    const slots = await Promise.all(Array.from({ length: 20 }, () => rootKey.wrap(dataKey)))
    await rootKey.wrap(dataKey)
    assert.equal(service.count('metadata'), 1)
    assert.equal(service.count('token'), 1)
    assert.equal(service.count('wrap'), 21)
    for (const slot of slots) assert.equal(Buffer.from(slot.info).toString(), service.crn)
  })

  it('looks an alias up again after the look-up failed', async () => {
    const rootKey = client().key('orders')
    using dataKey = DataKey.generate()
    service.faults.set('metadata', [refusal(404, 'KEY_NOT_FOUND_ERR')])
    await rejectsCode(rootKey.wrap(dataKey), 'ERR_KMS_KEY_MISSING')
    await rootKey.wrap(dataKey)
  })

  it('fetches one token for fifty callers, also when the first was refused', async () => {
    const rootKey = client().key(service.crn)
    using dataKey = DataKey.generate()
    await Promise.all(Array.from({ length: 50 }, () => rootKey.wrap(dataKey)))
    assert.equal(service.count('token'), 1)
    service.faults.set('wrap', [refusal(401, 'EXPIRED')])
    await rootKey.wrap(dataKey)
    assert.equal(service.count('token'), 2)
  })

  it('takes a token, or a function that gives fresh ones', async () => {
    using dataKey = DataKey.generate()
    const { url } = service
    await keyProtect({ url, instance: INSTANCE, token: 'mine' }).key(service.crn).wrap(dataKey)
    assert.equal(service.seen[0]?.headers['authorization'], 'Bearer mine')
    let asked = 0
    const token = async (): Promise<string> => `fresh-${++asked}`
    service.faults.set('wrap', [refusal(401, 'EXPIRED')])
    await keyProtect({ url, instance: INSTANCE, token }).key(service.crn).wrap(dataKey)
    assert.equal(service.seen.at(-1)?.headers['authorization'], 'Bearer fresh-2')
    for (const wrong of [() => Promise.reject(new Error('x')), () => 'two words', () => 1]) {
      const kms = keyProtect({ url, instance: INSTANCE, token: wrong as () => string })
      await rejectsCode(kms.key(service.crn).wrap(dataKey), 'ERR_KMS_DENIED')
    }
    assert.equal(service.count('token'), 0)
  })

  it('does not try a given token twice', async () => {
    using dataKey = DataKey.generate()
    service.lasting.set('wrap', refusal(401, 'NO'))
    const kms = keyProtect({ url: service.url, instance: INSTANCE, token: 'mine' })
    await rejectsCode(kms.key(service.crn).wrap(dataKey), 'ERR_KMS_DENIED')
    assert.equal(service.count('wrap'), 1)
  })

  it('shows status, reason and correlation id of a refusal', async () => {
    using dataKey = DataKey.generate()
    service.lasting.set('wrap', refusal(409, 'KEY_ACTION_INVALID_STATE_ERR'))
    const error = await rejectsCode(client().key(service.crn).wrap(dataKey), 'ERR_KMS_KEY_STATE')
    assert.equal(Reflect.get(error, 'status'), 409)
    assert.equal(Reflect.get(error, 'reason'), 'KEY_ACTION_INVALID_STATE_ERR')
    const sent = service.seen.at(-1)?.headers['correlation-id']
    assert.equal(Reflect.get(error, 'correlationId'), sent)
  })

  it('repeats no creation whose reply was lost, yet one that was refused for now', async () => {
    const kms = makeClient(options(), {
      now: () => Date.now(),
      random: () => 0,
      after: () => () => {},
    })
    service.faults.set('other', [(request) => request.socket.destroy()])
    await rejectsCode(kms.createRootKey({ name: 'orders' }), 'ERR_KMS_UNAVAILABLE')
    assert.equal(service.count('other'), 1)
    service.faults.set('other', [
      refusal(429, 'BUSY'),
      json(201, {
        metadata: { collectionTotal: 1 },
        resources: [{ id: service.keyId, crn: service.crn, name: 'orders', state: 1 }],
      }),
    ])
    const made = await kms.createRootKey({ name: 'orders' })
    assert.equal(made.id, service.keyId)
  })

  it('takes no name from the service that cannot be right', async () => {
    using dataKey = DataKey.generate()
    const other = '11111111-1111-4111-8111-111111111111'
    const elsewhere = service.crn.replace(INSTANCE, other)
    const key = { id: service.keyId, crn: service.crn, name: 'x', state: 1 }
    const wrong = [
      { ...key, crn: elsewhere },
      { ...key, crn: 'crn:v1' },
      { ...key, id: other },
      { ...key, id: other, crn: service.crn.replace(service.keyId, other) },
      { ...key, state: 4 },
      { ...key, crn: undefined },
    ]
    for (const resource of wrong) {
      const body = { metadata: { collectionTotal: 1 }, resources: [resource] }
      service.faults.set('metadata', [json(200, body)])
      await rejectsCode(client().key(service.keyId).wrap(dataKey), 'ERR_KMS_PROTOCOL')
    }
    assert.equal(service.count('wrap'), 0)
  })

  it('does not list keys for ever', async () => {
    const resources = Array.from({ length: 200 }, () => ({
      id: service.keyId,
      crn: service.crn,
      state: 1,
    }))
    const body = JSON.stringify({ metadata: { collectionTotal: 200 }, resources })
    const fetch = async (): Promise<Response> => new Response(body)
    const kms = keyProtect({ region: 'eu-de', instance: INSTANCE, token: 't', fetch })
    await rejectsCode(kms.listRootKeys(), 'ERR_KMS_PROTOCOL')
  })

  it('shows its own correlation id when the service has none to show', async () => {
    using dataKey = DataKey.generate()
    service.lasting.set('wrap', refusal(403, 'NO', { 'correlation-id': 'a b\tc' }))
    const error = await rejectsCode(client().key(service.crn).wrap(dataKey), 'ERR_KMS_DENIED')
    const sent = service.seen.at(-1)?.headers['correlation-id']
    assert.equal(Reflect.get(error, 'correlationId'), sent)
  })

  it('puts no more of a refusal into an error than is safe', async () => {
    using dataKey = DataKey.generate()
    const secret = Buffer.alloc(32, 7).toString('base64')
    const reasons = [{ code: 'X Y', message: `bad \u001b[31m ${secret}` }]
    service.lasting.set('wrap', json(400, { resources: [{ reasons }] }))
    const error = await rejectsCode(client().key(service.crn).wrap(dataKey), 'ERR_KMS_PROTOCOL')
    assert.equal(Reflect.get(error, 'reason'), undefined)
    assert.ok(!error.hint?.includes(secret.slice(0, 20)))
    assert.ok(!error.hint?.includes('\u001b'))
  })
})

describe('slots of Key Protect', () => {
  const foreign = 'crn:v1:bluemix:public:kms:us-south:a/evil'
  let slot: Slot

  before(async () => {
    await service.start()
    service.reset()
    using dataKey = DataKey.generate()
    slot = await client()
      .key(service.crn)
      .wrap(dataKey, { context: { a: '1' } })
  })
  after(() => service.stop())
  beforeEach(() => service.reset())

  it('of another root key are refused without a call', async () => {
    const info = bytesOf(`${foreign}:${INSTANCE}:key:${service.keyId}`)
    const rootKey = client().key(service.crn)
    await rejectsCode(rootKey.unwrap({ ...slot, info }), 'ERR_POLICY_KEY')
    await rejectsCode(rootKey.unwrap({ ...slot, provider: 'other' }), 'ERR_POLICY_KEY')
    assert.deepEqual(service.seen, [])
  })

  it('open under the context they were wrapped under', async () => {
    const rootKey = client().key(service.crn)
    ;(await rootKey.unwrap(slot, { context: { a: '1' } })).dispose()
    await rejectsCode(rootKey.unwrap(slot), 'ERR_OPEN_FAILED')
    await rejectsCode(rootKey.unwrap(slot, { context: { a: '2' } }), 'ERR_OPEN_FAILED')
  })

  it('are objects with bytes in them', async () => {
    const rootKey = client().key(service.crn)
    for (const wrong of [null, 'slot', {}, { ...slot, info: 'text' }, { ...slot, ciphertext: 1 }]) {
      await rejectsCode(rootKey.unwrap(wrong as Slot), 'ERR_ARGUMENT')
    }
  })
})
