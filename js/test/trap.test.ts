import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DataKey, Envelope } from 'tsutsumi'
import { core, enter } from '../dist/wasm/instance.js'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, holds, localKey, randomBytes } from './support/keys.js'
import { chunked } from './support/streams.js'

/** Makes the core trap for real: an access outside one of its tables. */
function trap(): void {
  enter(() => {
    const { __externref_table_dealloc: dealloc } = core.raw
    assert.ok(typeof dealloc === 'function')
    dealloc(1 << 30)
  })
}

describe('a trap', () => {
  it('is an error of ours, after which everything new works', async () => {
    const serial = core.serial
    const error = throwsCode(trap, 'ERR_INTERNAL')
    assert.ok(error.cause instanceof WebAssembly.RuntimeError)
    assert.equal(core.serial, serial + 1)
    DataKey.generate().dispose()
    const envelope = new Envelope({ rootKey: localKey() })
    const { plaintext } = await envelope.decrypt(await envelope.encrypt(bytesOf('after')))
    assert.deepEqual(plaintext, bytesOf('after'))
  })

  it('leaves nothing of the old instance, which had held a key', () => {
    const secret = randomBytes(32)
    const planted = enter((core) => {
      const at = core.input(secret.length)
      new Uint8Array(core.memory.buffer).set(secret, at)
      return at
    })
    const memory = core.memory
    const before = memory.buffer
    assert.ok(holds(before, secret), 'the control sees the key before the trap')
    throwsCode(trap, 'ERR_INTERNAL')
    assert.equal(before.byteLength, 0, 'views that anybody kept are detached')
    const after = new Uint8Array(memory.buffer)
    assert.ok(after.length > planted)
    assert.ok(
      after.every((byte) => byte === 0),
      'every byte is overwritten',
    )
    assert.notEqual(core.memory, memory)
  })

  it('throws the drawn randomness away, of which a fresh instance has none', () => {
    const real = crypto.getRandomValues
    const lengths: number[] = []
    Object.defineProperty(globalThis.crypto, 'getRandomValues', {
      configurable: true,
      value: (array: Uint8Array<ArrayBuffer>) => {
        lengths.push(array.byteLength)
        return real.call(crypto, array)
      },
    })
    try {
      throwsCode(trap, 'ERR_INTERNAL')
      assert.ok(core.memory.buffer.byteLength > 0, 'a fresh instance is there')
      assert.deepEqual(lengths, [], 'nothing is drawn when an instance starts')
      for (let made = 0; made < 3; made++) DataKey.generate().dispose()
      assert.deepEqual(lengths, [4096], 'one draw serves several keys')
      throwsCode(trap, 'ERR_INTERNAL')
      DataKey.generate().dispose()
      assert.deepEqual(lengths, [4096, 4096], 'what was left over went with the instance')
    } finally {
      Object.defineProperty(globalThis.crypto, 'getRandomValues', {
        configurable: true,
        value: real,
      })
    }
  })

  it('ends older keys, and only those', async () => {
    const dataKey = DataKey.generate()
    const old = localKey('old')
    throwsCode(trap, 'ERR_INTERNAL')
    const fresh = localKey('fresh')
    await rejectsCode(fresh.wrap(dataKey), 'ERR_STATE')
    await rejectsCode(old.wrap(DataKey.generate()), 'ERR_STATE')
    await fresh.wrap(DataKey.generate())
    dataKey.dispose()
    old.dispose()
    await fresh.wrap(DataKey.generate())
  })

  it('ends messages that are being sealed, and their streams', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const reader = chunked(randomBytes(500_000), 65_536)
      .pipeThrough(envelope.encryptStream())
      .getReader()
    await reader.read()
    await reader.read()
    throwsCode(trap, 'ERR_INTERNAL')
    await rejectsCode(
      (async () => {
        while (!(await reader.read()).done);
      })(),
      'ERR_STATE',
    )
  })

  it('is no chance for an old handle to free a new key', async () => {
    const forgotten = DataKey.generate()
    throwsCode(trap, 'ERR_INTERNAL')
    // The numbers start anew: the first key of the new instance has the number of the old one.
    const dataKey = DataKey.generate()
    forgotten.dispose()
    await localKey().wrap(dataKey)
  })

  it('is no chance for the garbage collector to free new keys in place of old ones', async () => {
    const { gc } = globalThis
    assert.ok(gc, 'run with --expose-gc')
    // In a function of their own, so that nothing on the stack keeps them.
    const forget = (count: number): void => {
      for (let made = 0; made < count; made++) DataKey.generate()
    }
    forget(500)
    throwsCode(trap, 'ERR_INTERNAL')
    const fresh = Array.from({ length: 500 }, () => DataKey.generate())
    for (let turns = 0; turns < 5; turns++) {
      gc()
      await sleep(10)
    }
    const rootKey = localKey()
    for (const dataKey of fresh) await rootKey.wrap(dataKey)
  })
})
