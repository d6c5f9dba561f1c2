import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataKey, Envelope, inspect } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { type EmbeddedKeyProtect, embeddedKeyProtect } from 'tsutsumi/local'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, randomBytes } from './support/keys.js'
import { through } from './support/streams.js'

const context = { tenant: 'acme' }

describe('embeddedKeyProtect', () => {
  it('does the whole job: create, seal, open, as bytes and as a stream', async () => {
    const kms = keyProtect({ ...(await embeddedKeyProtect()) })
    await kms.createRootKey({ name: 'orders', aliases: ['orders-alias'] })
    const envelope = new Envelope({ rootKey: kms.key('orders-alias') })
    const plaintext = randomBytes(200_000)
    const message = await envelope.encrypt(plaintext, { context })
    assert.deepEqual((await envelope.decrypt(message, { context })).plaintext, plaintext)
    const stream = await through(message, envelope.decryptStream({ context }))
    assert.deepEqual(new Uint8Array(stream), plaintext)
    const [slot] = inspect(message).slots
    assert.equal(slot?.provider, 'ibm-key-protect')
    assert.match(
      Buffer.from(slot?.info ?? []).toString(),
      /^crn:v1:bluemix:public:kms:us-south:a\//,
    )
  })

  it('is addressed in either form', async () => {
    const embedded = await embeddedKeyProtect()
    for (const actionForm of ['path', 'query'] as const) {
      const rootKey = await keyProtect({ ...embedded, actionForm }).createRootKey({
        name: 'orders',
      })
      using dataKey = DataKey.generate()
      const slot = await rootKey.wrap(dataKey, { context })
      ;(await rootKey.unwrap(slot, { context })).dispose()
      await rejectsCode(rootKey.unwrap(slot), 'ERR_OPEN_FAILED')
      await rootKey.disable()
      await rejectsCode(rootKey.wrap(dataKey), 'ERR_KMS_KEY_STATE')
    }
  })

  it('describes and lists its root keys', async () => {
    const kms = keyProtect({ ...(await embeddedKeyProtect({ region: 'eu-de' })) })
    const made = await kms.createRootKey({
      name: 'orders',
      description: 'for orders',
      aliases: ['a-1', 'b-2'],
    })
    const described = await made.describe()
    assert.equal(described.name, 'orders')
    assert.equal(described.description, 'for orders')
    assert.equal(described.state, 'active')
    assert.equal(described.imported, false)
    assert.deepEqual([...described.aliases].sort(), ['a-1', 'b-2'])
    assert.match(described.crn, /:kms:eu-de:a\//)
    for (let i = 0; i < 205; i++) await kms.createRootKey({ name: `key ${i}` })
    const listed = await kms.listRootKeys()
    assert.equal(new Set(listed.map(({ id }) => id)).size, 206)
  })

  it('imports root keys, which then open what they sealed elsewhere', async () => {
    const material = randomBytes(32)
    const kms = keyProtect({ ...(await embeddedKeyProtect()) })
    const rootKey = await kms.createRootKey({ name: 'mine', aliases: ['mine-1'], material })
    const { imported, aliases } = await rootKey.describe()
    assert.deepEqual([imported, aliases], [true, ['mine-1']])
    for (const length of [16, 24]) {
      await kms.createRootKey({ name: 'mine', material: randomBytes(length) })
    }
    const envelope = new Envelope({ rootKey })
    await envelope.decrypt(await envelope.encrypt(bytesOf('x')))
  })

  it('closes what is under a disabled key, and for ever under a deleted one', async () => {
    const embedded = await embeddedKeyProtect()
    const rootKey = await keyProtect({ ...embedded }).createRootKey({ name: 'orders' })
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(bytesOf('x'))
    await rootKey.disable()
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    await rejectsCode(rootKey.disable(), 'ERR_KMS_KEY_STATE')
    embedded.advanceClock(31)
    await rootKey.enable()
    await envelope.decrypt(message)
    await rootKey.delete()
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    await rejectsCode(envelope.encrypt(bytesOf('x')), 'ERR_KMS_KEY_STATE')
    await rejectsCode(rootKey.delete(), 'ERR_KMS_KEY_STATE')
  })

  it('knows no other keys, credentials or instances', async () => {
    const embedded = await embeddedKeyProtect()
    using dataKey = DataKey.generate()
    await rejectsCode(
      keyProtect({ ...embedded })
        .key('nobody')
        .wrap(dataKey),
      'ERR_KMS_KEY_MISSING',
    )
    const stranger = keyProtect({ ...embedded, apiKey: 'wrong' })
    await rejectsCode(stranger.key('nobody').wrap(dataKey), 'ERR_KMS_DENIED')
    const { url, fetch, instance } = embedded
    const forged = keyProtect({ url, fetch, instance, token: 'a.b.c' })
    await rejectsCode(forged.listRootKeys(), 'ERR_KMS_DENIED')
    const other = await embeddedKeyProtect()
    const elsewhere = keyProtect({ ...embedded, instance: other.instance })
    await rejectsCode(elsewhere.listRootKeys(), 'ERR_KMS_DENIED')
  })

  it('refuses an alias that is taken', async () => {
    const kms = keyProtect({ ...(await embeddedKeyProtect()) })
    await kms.createRootKey({ name: 'one', aliases: ['same'] })
    await rejectsCode(kms.createRootKey({ name: 'two', aliases: ['same'] }), 'ERR_KMS_KEY_STATE')
  })

  it('opens under one account nothing of another', async () => {
    const [mine, theirs] = [await embeddedKeyProtect(), await embeddedKeyProtect()]
    const material = randomBytes(32)
    const envelopes: Envelope[] = []
    for (const embedded of [mine, theirs]) {
      const rootKey = await keyProtect({ ...embedded }).createRootKey({ name: 'same', material })
      envelopes.push(new Envelope({ rootKey }))
    }
    const message = await envelopes[0]?.encrypt(bytesOf('mine'))
    assert.ok(message && envelopes[1])
    await rejectsCode(envelopes[1].decrypt(message), 'ERR_POLICY_KEY')
  })

  it('answers no other address', async () => {
    const embedded = await embeddedKeyProtect()
    await assert.rejects(embedded.fetch('https://example.com/', {}), TypeError)
    const kms = keyProtect({ ...embedded, url: 'https://kms.example' })
    // It looks like a service that cannot be reached, which is tried again.
    await rejectsCode(kms.listRootKeys(), 'ERR_KMS_UNAVAILABLE')
  })

  it('is kept as a snapshot and taken up again', async () => {
    const masterKey = randomBytes(32)
    const first = await embeddedKeyProtect({ masterKey })
    const rootKey = await keyProtect({ ...first }).createRootKey({ name: 'orders' })
    const message = await new Envelope({ rootKey }).encrypt(bytesOf('kept'))
    const snapshot = first.snapshot()
    const second: EmbeddedKeyProtect = await embeddedKeyProtect({ masterKey, snapshot })
    assert.equal(second.instance, first.instance)
    assert.equal(second.apiKey, first.apiKey)
    const again = new Envelope({ rootKey: keyProtect({ ...second }).key(rootKey.id) })
    assert.deepEqual((await again.decrypt(message)).plaintext, bytesOf('kept'))

    const other = embeddedKeyProtect({ masterKey: randomBytes(32), snapshot })
    await rejectsCode(other, 'ERR_OPEN_FAILED')
    const flipped = snapshot.slice()
    flipped[flipped.length - 1] = (flipped[flipped.length - 1] ?? 0) ^ 1
    await rejectsCode(embeddedKeyProtect({ masterKey, snapshot: flipped }), 'ERR_OPEN_FAILED')
    const nothing = embeddedKeyProtect({ masterKey, snapshot: new Uint8Array(3) })
    await rejectsCode(nothing, 'ERR_FORMAT_INVALID')
  })

  it('refuses options that are none', async () => {
    const masterKey = randomBytes(32)
    const wrong: readonly unknown[] = [
      { port: 1 },
      { masterKey: 'text' },
      { masterKey: new Uint8Array(16) },
      { snapshot: new Uint8Array(1) },
      { masterKey, snapshot: new Uint8Array(1), region: 'eu-de' },
      { masterKey, snapshot: new Uint8Array(1), instance: 'x' },
      { region: 1 },
      { instance: 'no-guid' },
    ]
    for (const options of wrong) {
      await rejectsCode(embeddedKeyProtect(options as never), 'ERR_ARGUMENT')
    }
    const embedded = await embeddedKeyProtect()
    throwsCode(() => embedded.advanceClock(-1), 'ERR_ARGUMENT')
    throwsCode(() => embedded.snapshot(), 'ERR_STATE')
  })
})
