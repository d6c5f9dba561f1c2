import assert from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { aesUnwrappingKey, DataKey, type Slot, wrappingKey } from 'tsutsumi'
import { dataKeyHandle } from '../dist/data-key.js'
import { receive } from '../dist/wasm/memory.js'
import { rejectsCode } from './support/failure.js'
import { bytesOf } from './support/keys.js'

const names = { namespace: 'tests', name: 'key 1' }

// The layout of the raw AES keyring, for a context of one pair.
const context = { a: 'b' }
const AAD = Buffer.from('0001000161000162', 'hex')

function wrapped(key: Uint8Array, dataKey: Uint8Array): Slot {
  const nonce = randomBytes(12)
  const algorithm = `aes-${(key.length * 8) as 128 | 192 | 256}-gcm` as const
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(AAD)
  const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final(), cipher.getAuthTag()])
  const info = Buffer.concat([bytesOf(names.name), Buffer.from('000000800000000c', 'hex'), nonce])
  return { provider: names.namespace, info, ciphertext: new Uint8Array(ciphertext) }
}

function bytesOfKey(dataKey: DataKey): Uint8Array {
  return dataKeyHandle(dataKey).enter((core, id) => receive(core, core.dataKeyLift(id)))
}

describe('an AES key of any size', () => {
  it('unwraps data keys of any size', async () => {
    for (const size of [16, 24, 32]) {
      const key = randomBytes(size)
      const rootKey = await aesUnwrappingKey(key, names)
      for (const length of [16, 24, 32]) {
        const bytes = new Uint8Array(randomBytes(length))
        const slot = wrapped(key, bytes)
        const dataKey = await rootKey.unwrap(slot, { context })
        assert.deepEqual(bytesOfKey(dataKey), bytes)
        await rejectsCode(rootKey.unwrap(slot), 'ERR_OPEN_FAILED')
        // A short data key opens messages of version 1, and serves for nothing else.
        const whole = wrappingKey(randomBytes(32), names)
        if (length < 32) await rejectsCode(whole.wrap(dataKey), 'ERR_ARGUMENT')
        else assert.ok(await whole.wrap(dataKey))
        dataKey.dispose()
      }
      rootKey.dispose()
      await rejectsCode(rootKey.unwrap(wrapped(key, key), { context }), 'ERR_STATE')
    }
  })

  it('wraps only if it has 32 bytes', async () => {
    const dataKey = DataKey.generate()
    for (const size of [16, 24]) {
      const rootKey = await aesUnwrappingKey(randomBytes(size), names)
      await rejectsCode(rootKey.wrap(dataKey), 'ERR_ARGUMENT')
    }
    const key = randomBytes(32)
    const slot = await (await aesUnwrappingKey(key, names)).wrap(dataKey, { context })
    const again = await wrappingKey(key, names).unwrap(slot, { context })
    assert.deepEqual(bytesOfKey(again), bytesOfKey(dataKey))
  })

  it('has 16, 24 or 32 bytes, and two names', async () => {
    for (const size of [0, 15, 17, 31, 33, 64]) {
      await rejectsCode(aesUnwrappingKey(new Uint8Array(size), names), 'ERR_ARGUMENT')
    }
    for (const options of [{ namespace: 'a' }, { ...names, name: '' }, { ...names, hash: 1 }]) {
      await rejectsCode(aesUnwrappingKey(randomBytes(16), options as never), 'ERR_ARGUMENT')
    }
  })
})
