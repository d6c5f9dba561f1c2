import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DataKey, Envelope } from 'tsutsumi'
import { makeAwsKms } from '../dist/providers/aws-kms/client.js'
import { makeVaultTransit } from '../dist/providers/vault-transit/client.js'
import { rejectsCode } from './support/failure.js'
import { FaultClock } from './support/fault-clock.js'
import { serverAt } from './support/fault-proxy.js'
import { randomBytes } from './support/keys.js'
import { Moto, REGION } from './support/moto.js'
import { OpenBao, openBaoProgram } from './support/openbao.js'
import { missingProgram, setUpPrograms, venv } from './support/program.js'
import { type Bench, conformance, json } from './support/provider-suite.js'

setUpPrograms(venv('moto_server'), openBaoProgram())

const moto = new Moto()
const arns = new Map<string, string>()

const aws: Bench = {
  name: 'AWS KMS, as moto emulates it',
  missing: missingProgram('moto_server'),
  async start() {
    await moto.start()
    for (const name of ['first', 'other', 'disabled']) arns.set(name, await moto.createKey(name))
    moto.disable(arns.get('disabled') ?? '')
    return moto.backend
  },
  stop: () => moto.stop(),
  key: (which, { url, clock, fetch, wrongCredentials }) => {
    const secretAccessKey = wrongCredentials === true ? 'canary-wrong' : moto.user.secretAccessKey
    const credentials = { ...moto.user, secretAccessKey }
    const options = { url, region: REGION, credentials, ...(fetch === undefined ? {} : { fetch }) }
    return makeAwsKms(options, clock).key(arns.get(which) ?? `alias/${which}`)
  },
  // Its `ReEncrypt` needs no other version to make another ciphertext.
  rotate: async () => {},
  bindsContext: true,
  info: /^arn:aws:kms:eu-central-1:\d{12}:key\/[0-9a-f-]{36}$/,
  throttled: json(400, { __type: 'ThrottlingException', message: 'Rate exceeded' }),
  unwrapped: (key) => ({ KeyId: 'k', Plaintext: Buffer.from(key).toString('base64') }),
  gone: 'ERR_KMS_KEY_MISSING',
}

const bao = new OpenBao()
const noBao = openBaoProgram() === undefined ? 'OpenBao is not installed' : false

const vault: Bench = {
  name: 'the Transit engine of OpenBao',
  missing: noBao,
  async start() {
    await bao.start()
    for (const name of ['first', 'other', 'disabled']) {
      await bao.ask('POST', `transit/keys/${name}`, {})
    }
    await bao.ask('DELETE', 'transit/keys/disabled/soft-delete', {})
    return serverAt(bao.url)
  },
  stop: () => bao.stop(),
  key: (which, { url, clock, fetch, wrongCredentials }) => {
    const token = wrongCredentials === true ? 'canary-wrong' : bao.token
    const options = { url, token, ...(fetch === undefined ? {} : { fetch }) }
    return makeVaultTransit(options, clock).key(which)
  },
  rotate: async () => void (await bao.ask('POST', 'transit/keys/first/rotate', {})),
  bindsContext: true,
  info: /^transit\/first$/,
  throttled: json(429, { errors: ['request path "transit/encrypt": rate limit quota exceeded'] }),
  unwrapped: (key) => ({ data: { plaintext: Buffer.from(key).toString('base64') } }),
  // Where it may not make the key, it says no more than that.
  gone: 'ERR_KMS_DENIED',
}

for (const bench of [aws, vault]) conformance(bench)

describe('AWS KMS by any name', { skip: aws.missing ?? false }, () => {
  const service = new Moto()
  let arn = ''
  before(async () => {
    await service.start()
    arn = await service.createKey('orders')
  })
  after(() => service.stop())

  it('writes the ARN of the key, whatever it was named by', async () => {
    const { user, url } = service
    let asked = 0
    const credentials = (): typeof user => {
      asked += 1
      return user
    }
    const kms = makeAwsKms({ region: REGION, url, credentials }, new FaultClock())
    const id = arn.slice(arn.indexOf('/') + 1)
    const alias = arn.replace(/key\/.*/, 'alias/orders')
    using dataKey = DataKey.generate()
    for (const name of [arn, id, 'alias/orders', alias]) {
      const slot = await kms.key(name).wrap(dataKey)
      assert.equal(Buffer.from(slot.info).toString(), arn)
      ;(await kms.key(arn).unwrap(slot)).dispose()
    }
    assert.ok(asked >= 8)
    const wrong = arn.replace('eu-central-1', 'us-east-1')
    assert.throws(() => kms.key(wrong), { code: 'ERR_ARGUMENT' })
    assert.throws(() => kms.key('two words'), { code: 'ERR_ARGUMENT' })
  })

  it('asks for fresh credentials when some have expired, once', async () => {
    const { user, url } = service
    let asked = 0
    const credentials = (): typeof user => {
      asked += 1
      return user
    }
    const expired = { __type: 'com.amazon.coral.service#ExpiredTokenException', message: 'x' }
    let refusals = 1
    const kms = makeAwsKms(
      {
        region: REGION,
        url,
        credentials,
        fetch: async (to, init) =>
          refusals-- > 0 ? Response.json(expired, { status: 400 }) : fetch(to, init),
      },
      new FaultClock(),
    )
    using dataKey = DataKey.generate()
    await kms.key(arn).wrap(dataKey)
    assert.equal(asked, 2)
    refusals = 9
    await rejectsCode(kms.key(arn).wrap(dataKey), 'ERR_KMS_DENIED')
    assert.equal(asked, 4)
  })
})

describe('derived keys of OpenBao', { skip: noBao }, () => {
  const service = new OpenBao()
  before(async () => {
    await service.start()
    await service.ask('POST', 'transit/keys/derived', { derived: true })
  })
  after(() => service.stop())

  it('are derived by the context', async () => {
    const { url, token } = service
    const rootKey = makeVaultTransit({ url, token }, new FaultClock()).key('derived')
    const envelope = new Envelope({ rootKey })
    const plaintext = randomBytes(100)
    const message = await envelope.encrypt(plaintext, { context: { tenant: 'a' } })
    const opened = await envelope.decrypt(message, { context: { tenant: 'a' } })
    assert.deepEqual(opened.plaintext, plaintext)
  })
})
