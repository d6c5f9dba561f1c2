import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataKey, Envelope } from 'tsutsumi'
import { type KeyProtectOptions, keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect, type FaultOperation, type Faults } from 'tsutsumi/local'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf } from './support/keys.js'

/** A fault, and what the SDK makes of it when every attempt meets it. */
interface Case {
  readonly name: string
  readonly code: string
  /** Whether another attempt gets past it. */
  readonly passes: boolean
  readonly plan: (faults: Faults, options: { operation: FaultOperation; times: number }) => void
}

const CASES: readonly Case[] = [
  {
    name: '429',
    code: 'ERR_KMS_THROTTLED',
    passes: true,
    plan: (faults, which) => faults.tooManyRequests({ ...which, retryAfter_s: 0 }),
  },
  ...[500, 502, 503, 504].map((status) => ({
    name: String(status),
    code: 'ERR_KMS_UNAVAILABLE',
    passes: true,
    plan: (faults: Faults, which: object) => faults.serverError({ ...which, status }),
  })),
  {
    name: '501',
    code: 'ERR_KMS_UNAVAILABLE',
    passes: false,
    plan: (faults, which) => faults.serverError({ ...which, status: 501 }),
  },
  {
    name: 'a late answer',
    code: 'ERR_KMS_TIMEOUT',
    passes: true,
    plan: (faults, which) => faults.delay(60_000, which),
  },
  {
    name: 'no connection',
    code: 'ERR_KMS_UNAVAILABLE',
    passes: true,
    plan: (faults, which) => faults.disconnect(which),
  },
  {
    name: 'a reply that is lost',
    code: 'ERR_KMS_UNAVAILABLE',
    passes: true,
    plan: (faults, which) => faults.disconnect({ ...which, afterwards: true }),
  },
  {
    name: 'a reply that is cut',
    code: 'ERR_KMS_UNAVAILABLE',
    passes: true,
    plan: (faults, which) => faults.truncate(which),
  },
]

async function start(options?: Partial<KeyProtectOptions>) {
  const embedded = await embeddedKeyProtect()
  const kms = keyProtect({ ...embedded, timeout_ms: 300, ...options })
  const rootKey = await kms.createRootKey({ name: 'orders', aliases: ['orders'] })
  const envelope = new Envelope({ rootKey })
  const message = await envelope.encrypt(bytesOf('x'))
  return { faults: embedded.faults, embedded, kms, rootKey, envelope, message }
}

describe('faults', () => {
  for (const { name, code, passes, plan } of CASES) {
    it(`${name} ends by ${code}${passes ? ' unless it passes' : ''}`, async () => {
      const { faults, envelope, message } = await start()
      plan(faults, { operation: 'wrap', times: 3 })
      await rejectsCode(envelope.encrypt(bytesOf('x')), code)
      assert.equal(faults.left, passes ? 0 : 2, 'each attempt meets it once')
      faults.clear()
      plan(faults, { operation: 'unwrap', times: 1 })
      if (passes) await envelope.decrypt(message)
      else await rejectsCode(envelope.decrypt(message), code)
      assert.equal(faults.left, 0)
      await envelope.decrypt(message)
    })
  }

  it('meet the calls that they are meant for, in order', async () => {
    const { faults, envelope, message, kms } = await start()
    faults.serverError({ status: 501, operation: 'unwrap' })
    faults.serverError({ status: 501, operation: 'list' })
    await envelope.encrypt(bytesOf('x'))
    assert.equal(faults.left, 2)
    await rejectsCode(kms.listRootKeys(), 'ERR_KMS_UNAVAILABLE')
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_UNAVAILABLE')
    faults.serverError({ status: 501 })
    faults.tooManyRequests({ retryAfter_s: 0 })
    await rejectsCode(kms.listRootKeys(), 'ERR_KMS_UNAVAILABLE')
    assert.equal(faults.left, 1)
    await kms.listRootKeys()
    assert.equal(faults.left, 0)
  })

  it('meet actions in the older form too', async () => {
    const { faults, envelope } = await start({ actionForm: 'query' })
    faults.serverError({ status: 501, operation: 'wrap' })
    await rejectsCode(envelope.encrypt(bytesOf('x')), 'ERR_KMS_UNAVAILABLE')
  })

  it('tell how long to wait', async () => {
    const { faults, kms } = await start({ deadline_ms: 300 })
    faults.tooManyRequests()
    const error = await kms.listRootKeys().then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    assert.equal(Reflect.get(Object(error), 'code'), 'ERR_KMS_THROTTLED')
    assert.equal(Reflect.get(Object(error), 'retryAfter_ms'), 1000)
    assert.equal(Reflect.get(Object(error), 'reason'), 'RATE_LIMIT_ERR')
  })

  it('let a lost reply have done its work', async () => {
    const { faults, kms } = await start()
    const before = (await kms.listRootKeys()).length
    faults.disconnect({ operation: 'create', afterwards: true, times: 3 })
    await rejectsCode(kms.createRootKey({ name: 'lost' }), 'ERR_KMS_UNAVAILABLE')
    assert.ok((await kms.listRootKeys()).length > before)
    faults.clear()
    const between = (await kms.listRootKeys()).length
    faults.disconnect({ operation: 'create', times: 3 })
    await rejectsCode(kms.createRootKey({ name: 'never' }), 'ERR_KMS_UNAVAILABLE')
    assert.equal((await kms.listRootKeys()).length, between)
  })

  it('end tokens, which the SDK renews and a caller of its own cannot', async () => {
    const { faults, embedded, envelope, message } = await start()
    faults.expireTokens()
    await envelope.decrypt(message)
    faults.expireTokens()
    faults.serverError({ status: 501, operation: 'token', times: 3 })
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_UNAVAILABLE')
    faults.clear()
    const grant_type = 'urn:ibm:params:oauth:grant-type:apikey'
    const body = new URLSearchParams({ grant_type, apikey: embedded.apiKey }).toString()
    const form = { method: 'POST', body: bytesOf(body) }
    const reply = await embedded.fetch(`${embedded.url}/identity/token`, form)
    const issued: unknown = await reply.json()
    const { url, instance, fetch } = embedded
    const token = String(Reflect.get(Object(issued), 'access_token'))
    const given = keyProtect({ url, instance, fetch, token })
    await given.listRootKeys()
    faults.expireTokens()
    await rejectsCode(given.listRootKeys(), 'ERR_KMS_DENIED')
  })

  it('take root keys away', async () => {
    const { faults, embedded, rootKey, envelope, message } = await start()
    await faults.disableKey('orders')
    await rejectsCode(envelope.encrypt(bytesOf('x')), 'ERR_KMS_KEY_STATE')
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    await rejectsCode(rootKey.enable(), 'ERR_KMS_KEY_STATE')
    embedded.advanceClock(31)
    await rootKey.enable()
    await envelope.decrypt(message)
    faults.serverError({ times: 9 })
    await faults.deleteKey(rootKey.id)
    faults.clear()
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    await rejectsCode(faults.disableKey('nobody'), 'ERR_STATE')
  })

  it('end when the caller stops waiting', async () => {
    const { faults, envelope } = await start()
    faults.delay(60_000, { operation: 'wrap' })
    const signal = AbortSignal.timeout(20)
    const started = performance.now()
    await assert.rejects(envelope.encrypt(bytesOf('x'), { signal }))
    assert.ok(performance.now() - started < 5_000)
  })

  it('leave `keyProtect` the options that it knows', async () => {
    const embedded = await embeddedKeyProtect()
    assert.deepEqual(Object.keys(embedded).sort(), ['apiKey', 'fetch', 'instance', 'url'])
    using dataKey = DataKey.generate()
    await rejectsCode(
      keyProtect({ ...embedded })
        .key('nobody')
        .wrap(dataKey),
      'ERR_KMS_KEY_MISSING',
    )
  })

  it('refuse options that are none', async () => {
    const { faults } = await embeddedKeyProtect()
    for (const wrong of [
      () => faults.delay(-1),
      () => faults.delay(1.5),
      () => faults.serverError({ status: 200 }),
      () => faults.serverError({ times: 0 }),
      () => faults.tooManyRequests({ retryAfter_s: -1 }),
      () => faults.disconnect({ afterwards: 'yes' as never }),
      () => faults.truncate({ operation: 'sing' as never }),
      () => faults.truncate({ status: 500 } as never),
    ]) {
      throwsCode(wrong, 'ERR_ARGUMENT')
    }
    await rejectsCode(faults.disableKey(''), 'ERR_ARGUMENT')
    assert.equal(faults.left, 0)
  })
})
