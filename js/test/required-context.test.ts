import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Envelope, inspect, type RootKey } from 'tsutsumi'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, localKey } from './support/keys.js'
import { through } from './support/streams.js'

const plaintext = bytesOf('bound to more than it says')
const context = { tenant: 'acme' }
const requiredContext = { ticket: '17', 鍵: 'ключ' }

describe('pairs that are authenticated and not stored', () => {
  it('are not in the message, and open it again, whole and as a stream', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const message = await envelope.encrypt(plaintext, { context, requiredContext })
    assert.deepEqual({ ...inspect(message).context }, context)
    assert.ok(!Buffer.from(message).includes('ticket'))
    const opened = await envelope.decrypt(message, { context, requiredContext })
    assert.deepEqual(opened.plaintext, plaintext)
    assert.deepEqual({ ...opened.context }, context)

    const options = { context, requiredContext }
    const sealed = await through(plaintext, envelope.encryptStream(options), 5)
    const again = await through(sealed, envelope.decryptStream(options), 7)
    assert.deepEqual(again, Buffer.from(plaintext))
  })

  it('are missed where they are not given, or are other ones', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const message = await envelope.encrypt(plaintext, { context, requiredContext })
    const wrong: readonly Context[] = [
      {},
      { ticket: '17' },
      { ...requiredContext, ticket: '18' },
      { ...requiredContext, more: '' },
    ]
    for (const given of wrong) {
      const work = envelope.decrypt(message, { context, requiredContext: given })
      await rejectsCode(work, 'ERR_OPEN_FAILED')
      const stream = envelope.decryptStream({ context, requiredContext: given })
      await rejectsCode(through(message, stream), 'ERR_OPEN_FAILED')
    }
  })

  it('are bound by the header too, where the root key binds nothing', async () => {
    const inner = localKey()
    const rootKey: RootKey = {
      provider: inner.provider,
      id: inner.id,
      wrap: (dataKey) => inner.wrap(dataKey),
      unwrap: (slot) => inner.unwrap(slot),
    }
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(plaintext, { context, requiredContext })
    await rejectsCode(envelope.decrypt(message, { context }), 'ERR_OPEN_FAILED')
    const opened = await envelope.decrypt(message, { context, requiredContext })
    assert.deepEqual(opened.plaintext, plaintext)
  })

  it('are what the root key is told, together with those that are stored', async () => {
    const inner = localKey()
    const told: unknown[] = []
    const rootKey: RootKey = {
      provider: inner.provider,
      id: inner.id,
      wrap: (dataKey, options) => {
        told.push({ ...options?.context })
        return inner.wrap(dataKey, options)
      },
      unwrap: (slot, options) => {
        told.push({ ...options?.context })
        return inner.unwrap(slot, options)
      },
    }
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(plaintext, { context, requiredContext })
    await envelope.decrypt(message, { context, requiredContext })
    const all = { ...context, ...requiredContext }
    assert.deepEqual(told, [all, all])
  })

  it('may be stored after all, and then have to be equal', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const message = await envelope.encrypt(plaintext, { context })
    const opened = await envelope.decrypt(message, { context, requiredContext: context })
    assert.deepEqual(opened.plaintext, plaintext)
    const other = envelope.decrypt(message, { context, requiredContext: { tenant: 'other' } })
    await rejectsCode(other, 'ERR_POLICY_CONTEXT')
  })

  it('are refused where they cannot be, before anything is wrapped', async () => {
    let asked = 0
    const rootKey: RootKey = {
      ...localKey(),
      provider: 'tests',
      id: 'none',
      wrap: () => {
        asked += 1
        return Promise.reject(new Error('asked'))
      },
      unwrap: () => Promise.reject(new Error('asked')),
    }
    const envelope = new Envelope({ rootKey })
    const cases: readonly (readonly [Context, Context, string])[] = [
      [{ a: '1' }, { a: '1' }, 'ERR_POLICY_CONTEXT'],
      [{}, { 'aws-crypto-x': '1' }, 'ERR_POLICY_CONTEXT'],
      [{ 'aws-crypto-public-key': '1' }, {}, 'ERR_POLICY_CONTEXT'],
      [{}, { a: 'x'.repeat(65_530) }, 'ERR_LIMIT'],
      [{ b: 'x'.repeat(40_000) }, { a: 'x'.repeat(40_000) }, 'ERR_LIMIT'],
    ]
    for (const [stored, required, code] of cases) {
      const options = { context: stored, requiredContext: required }
      await rejectsCode(envelope.encrypt(plaintext, options), code)
    }
    assert.equal(asked, 0)
    await assert.rejects(envelope.encrypt(plaintext), /asked/)
    assert.equal(asked, 1, 'the control')
    const wrong = { requiredContext: { a: 1 } } as never
    await rejectsCode(envelope.encrypt(plaintext, wrong), 'ERR_ARGUMENT')
  })
})

describe('the options for suites', () => {
  it('are two, and the second needs the first', () => {
    const rootKey = localKey()
    const wrong = [
      { commitment: 'no' },
      { commitment: true },
      { keyDerivation: 'none' },
      { keyDerivation: 'allow-identity' },
      { keyDerivation: 'allow-identity', commitment: 'required' },
    ]
    for (const options of wrong) {
      throwsCode(() => new Envelope({ rootKey, ...options } as never), 'ERR_ARGUMENT')
    }
    new Envelope({ rootKey, keyDerivation: 'required', commitment: 'required' })
    new Envelope({ rootKey, keyDerivation: 'allow-identity', commitment: 'allow-uncommitted' })
  })
})
