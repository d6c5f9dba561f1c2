/** Which AES of the platform is used. */

import assert from 'node:assert/strict'
import nodeCrypto from 'node:crypto'
import { afterEach, describe, it } from 'node:test'
import { Envelope } from 'tsutsumi'
import { engine, useEngine } from '../dist/bulk/aes.js'
import { CROSSOVERS } from '../dist/bulk/crossover.js'
import { type SyncCrypto, syncAes } from '../dist/bulk/sync-aes.js'
import { rejectsCode } from './support/failure.js'
import { localKey, randomBytes } from './support/keys.js'

type Triple = [Uint8Array, Uint8Array, Uint8Array]

const LOW = { body: 1, unit: 1 }
const key = localKey()

afterEach(() => useEngine(undefined))

describe('the engine', () => {
  it('is the synchronous one here, and takes part from its crossover on', async () => {
    assert.equal(engine()?.crossover, CROSSOVERS.sync)
  })

  it('is another one where node:crypto is not whole', () => {
    const parts = nodeCrypto as unknown as SyncCrypto
    const missing = (): never => assert.fail('nobody is to call this')
    const wrong: SyncCrypto['createCipheriv'] = (name, _key, nonce) =>
      parts.createCipheriv(name, nodeCrypto.createSecretKey(randomBytes(32)), nonce)
    const real = Reflect.get(process, 'getBuiltinModule')
    try {
      for (const createCipheriv of [missing, wrong]) {
        const built = { ...nodeCrypto, createCipheriv }
        Reflect.set(process, 'getBuiltinModule', () => built)
        useEngine(undefined)
        assert.equal(engine()?.crossover, CROSSOVERS.subtle)
      }
    } finally {
      Reflect.set(process, 'getBuiltinModule', real)
    }
  })

  it('that takes no key is a failure of its own', async () => {
    useEngine({
      crossover: LOW,
      take() {
        throw new Error('no')
      },
    })
    const envelope = new Envelope({ rootKey: key })
    await rejectsCode(envelope.encrypt(randomBytes(100_000)), 'ERR_INTERNAL')
    useEngine(undefined)
    await envelope.encrypt(randomBytes(100_000))
  })

  it('gives out no memory that holds anything else', () => {
    const pooled = new Uint8Array(100)
    const parts = nodeCrypto as unknown as SyncCrypto
    const createDecipheriv: SyncCrypto['createDecipheriv'] = (...terms) => {
      const decipher = parts.createDecipheriv(...terms)
      const update = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
        pooled.set(decipher.update(bytes), 10)
        return pooled.subarray(10, 10 + bytes.length)
      }
      return {
        setAAD: (aad) => decipher.setAAD(aad),
        setAuthTag: (tag) => decipher.setAuthTag(tag),
        getAuthTag: () => decipher.getAuthTag(),
        update,
        final: () => decipher.final(),
      }
    }
    const aes = syncAes({ ...parts, createDecipheriv }, new Uint8Array(32))
    const [nonce, nothing, sealed] = [12, 0, 36].map((length) => new Uint8Array(length)) as Triple
    aes.seal(nonce, nothing, new Uint8Array(20).fill(7), sealed)
    const opened = aes.opened(nonce, nothing, sealed) as Uint8Array
    assert.deepEqual([...opened], Array(20).fill(7))
    assert.equal(opened.buffer.byteLength, 20)
    assert.ok(pooled.every((byte) => byte === 0))
  })
})
