import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DataKey, Envelope } from 'tsutsumi'
import { type KeyProtect, keyProtect } from 'tsutsumi/key-protect'
import { rejectsCode } from './support/failure.js'
import { bytesOf, randomBytes } from './support/keys.js'
import { through } from './support/streams.js'

const built = fileURLToPath(new URL('../../target/debug/tsutsumi-service', import.meta.url))
const program = process.env['TSUTSUMI_SERVICE'] ?? built
const skip = existsSync(program)
  ? false
  : 'the service is not built: cargo build --package tsutsumi-service --bins'

interface Ready {
  readonly url: string
  readonly instance: string
  readonly apiKey: string
}

describe('the service as a program, over real HTTP', { skip }, () => {
  let child: ChildProcess
  let data = ''
  let ready: Ready
  let kms: KeyProtect

  before(async () => {
    data = mkdtempSync(join(tmpdir(), 'tsutsumi-service-'))
    const flags = ['serve', '--listen', '127.0.0.1:0', '--data', data, '--ready-json']
    child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'ignore'] })
    const line = await new Promise<string>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)))
      child.stdout?.once('data', (text: Buffer) => resolve(text.toString()))
    })
    ready = JSON.parse(line) as Ready
    kms = keyProtect({ url: ready.url, instance: ready.instance, apiKey: ready.apiKey })
  })
  after(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
    rmSync(data, { recursive: true, force: true })
  })

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
})
