import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataKey, Envelope, wrappingKey } from 'tsutsumi'
import { passphraseKey } from 'tsutsumi/local'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf } from './support/keys.js'

const cheap = { memory_KiB: 64, passes: 1 }
const words = 'abacus rhubarb clover lantern tundra mosaic'
const context = { file: 'ledger' }

describe('passphraseKey', () => {
  it('opens what the same passphrase sealed, from another object too', async () => {
    using rootKey = passphraseKey(words, cheap)
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(bytesOf('hello'), { context })
    assert.deepEqual((await envelope.decrypt(message, { context })).plaintext, bytesOf('hello'))
    // What it costs to open is in the message.
    using again = passphraseKey(bytesOf(words))
    const opened = await new Envelope({ rootKey: again }).decrypt(message, { context })
    assert.deepEqual(opened.plaintext, bytesOf('hello'))
  })

  it('refuses another passphrase, and another context', async () => {
    using rootKey = passphraseKey(words, cheap)
    using dataKey = DataKey.generate()
    const slot = await rootKey.wrap(dataKey, { context })
    using other = passphraseKey(`${words} `, cheap)
    await rejectsCode(other.unwrap(slot, { context }), 'ERR_OPEN_FAILED')
    await rejectsCode(rootKey.unwrap(slot, { context: {} }), 'ERR_OPEN_FAILED')
    ;(await rootKey.unwrap(slot, { context })).dispose()
  })

  it('writes how the key was made into the slot, under a salt of its own', async () => {
    using dataKey = DataKey.generate()
    const names: string[] = []
    for (let i = 0; i < 2; i++) {
      using rootKey = passphraseKey(words, cheap)
      const slots = [await rootKey.wrap(dataKey), await rootKey.wrap(dataKey)]
      const [one, two] = slots.map(({ info }) => Buffer.from(info).subarray(0, -20).toString())
      assert.equal(one, two)
      assert.match(one ?? '', /^argon2id\$v=19\$m=64,t=1,p=1\$[A-Za-z0-9+/]{22}$/)
      names.push(one ?? '')
    }
    assert.notEqual(names[0], names[1])
  })

  it('does no more work than the limits allow, whatever a slot asks for', async () => {
    using rootKey = passphraseKey(words, cheap)
    using dataKey = DataKey.generate()
    const slot = await rootKey.wrap(dataKey)
    const rest = Buffer.from(slot.info).subarray(-20)
    const salt = 'A'.repeat(22)
    for (const [name, code] of [
      [`argon2id$v=19$m=262145,t=1,p=1$${salt}`, 'ERR_LIMIT'],
      [`argon2id$v=19$m=64,t=11,p=1$${salt}`, 'ERR_LIMIT'],
      [`argon2id$v=19$m=64,t=1,p=2$${salt}`, 'ERR_POLICY_KEY'],
      [`argon2id$v=19$m=7,t=1,p=1$${salt}`, 'ERR_POLICY_KEY'],
      [`argon2i$v=19$m=64,t=1,p=1$${salt}`, 'ERR_POLICY_KEY'],
      ['', 'ERR_POLICY_KEY'],
      [`argon2id$v=19$m=64,t=1,p=1$${salt}`, 'ERR_OPEN_FAILED'],
    ] as const) {
      const info = Uint8Array.from(Buffer.concat([Buffer.from(name), rest]))
      await rejectsCode(rootKey.unwrap({ ...slot, info }), code)
    }
    using local = wrappingKey(new Uint8Array(32), { namespace: 'a', name: 'b' })
    await rejectsCode(rootKey.unwrap(await local.wrap(dataKey)), 'ERR_POLICY_KEY')
  })

  it('refuses what is no passphrase, and is of no use once disposed of', async () => {
    for (const wrong of ['', new Uint8Array(0), new Uint8Array(5000), 1, undefined]) {
      throwsCode(() => passphraseKey(wrong as string), 'ERR_ARGUMENT')
    }
    throwsCode(() => passphraseKey(words, { memory_KiB: 4 }), 'ERR_ARGUMENT')
    throwsCode(() => passphraseKey(words, { passes: 11 }), 'ERR_ARGUMENT')
    throwsCode(() => passphraseKey(words, { lanes: 1 } as object), 'ERR_ARGUMENT')
    const rootKey = passphraseKey(words, cheap)
    using dataKey = DataKey.generate()
    await rootKey.wrap(dataKey)
    rootKey.dispose()
    rootKey.dispose()
    await rejectsCode(rootKey.wrap(dataKey), 'ERR_STATE')
  })

  it('takes a while at its default cost, which is the point', async () => {
    using rootKey = passphraseKey(words)
    using dataKey = DataKey.generate()
    const begun = performance.now()
    const slot = await rootKey.wrap(dataKey)
    assert.ok(performance.now() - begun > 50)
    assert.match(Buffer.from(slot.info).toString('latin1'), /m=65536,t=3,p=1/)
  })
})
