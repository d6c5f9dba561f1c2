import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DataKey, Envelope } from 'tsutsumi'
import { type KeyProtect, keyProtect } from 'tsutsumi/key-protect'
import { rejectsCode } from './support/failure.js'
import { bytesOf, randomBytes } from './support/keys.js'
import { missing, NativeService, type Ready } from './support/native-service.js'
import { through } from './support/streams.js'

describe('the service as a program, over real HTTP', { skip: missing }, () => {
  let service: NativeService
  let ready: Ready
  let kms: KeyProtect

  before(async () => {
    service = new NativeService()
    ready = await service.ready()
    kms = keyProtect({ url: ready.url, instance: ready.instance, apiKey: ready.apiKey })
  })
  after(() => service.stop())

  it('seals and opens, as bytes and as a stream', async () => {
    await kms.createRootKey({ name: 'orders', aliases: ['orders'] })
    const envelope = new Envelope({ rootKey: kms.key('orders') })
    const context = { tenant: 'acme' }
    const plaintext = randomBytes(200_000)
    const message = await envelope.encrypt(plaintext, { context })
    assert.deepEqual((await envelope.decrypt(message, { context })).plaintext, plaintext)
    const opened = await through(message, envelope.decryptStream({ context }))
    assert.deepEqual(new Uint8Array(opened), plaintext)
    await rejectsCode(envelope.decrypt(message), 'ERR_POLICY_CONTEXT')
  })

  it('takes actions in either form, and keys of our own', async () => {
    for (const actionForm of ['path', 'query'] as const) {
      const { url, instance, apiKey } = ready
      const client = keyProtect({ url, instance, apiKey, actionForm })
      const rootKey = await client.createRootKey({ name: 'mine', material: randomBytes(32) })
      using dataKey = DataKey.generate()
      const slot = await rootKey.wrap(dataKey)
      ;(await rootKey.unwrap(slot)).dispose()
      await rejectsCode(rootKey.unwrap(slot, { context: { a: '1' } }), 'ERR_OPEN_FAILED')
    }
  })

  it('serves many callers at once', async () => {
    const rootKey = await kms.createRootKey({ name: 'busy' })
    using dataKey = DataKey.generate()
    const slots = await Promise.all(Array.from({ length: 200 }, () => rootKey.wrap(dataKey)))
    const keys = await Promise.all(slots.map((slot) => rootKey.unwrap(slot)))
    for (const key of keys) key.dispose()
  })

  it('refuses what it should', async () => {
    const rootKey = await kms.createRootKey({ name: 'closing' })
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(bytesOf('x'))
    await rootKey.disable()
    await rejectsCode(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    await rejectsCode(kms.key('nobody').describe(), 'ERR_KMS_KEY_MISSING')
    const stranger = keyProtect({ url: ready.url, instance: ready.instance, apiKey: 'wrong' })
    await rejectsCode(stranger.listRootKeys(), 'ERR_KMS_DENIED')
  })

  it('never sees the data key as text on this side, in no function and not in the heap', (test) => {
    const spy = fileURLToPath(new URL('./support/string-spy.js', import.meta.url))
    const said = execFileSync(process.execPath, [spy, JSON.stringify(ready)], { encoding: 'utf8' })
    const counts = JSON.parse(said) as Record<string, number | boolean>
    test.diagnostic(said.trim())
    assert.ok(Number(counts['texts']) > 20)
    assert.equal(counts['found'], 0)
    assert.equal(counts['heap'], false)
    // The controls: a leak of the same key is seen by both.
    assert.ok(Number(counts['control']) > 0)
    assert.equal(counts['heapControl'], true)
  })
})
