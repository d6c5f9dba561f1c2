import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Envelope } from 'tsutsumi'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, localKey, randomBytes } from './support/keys.js'

const LENGTHS = [0, 1, 15, 16, 65_535, 65_536, 65_537, 131_072, 1_000_003]

describe('Envelope', () => {
  for (const length of LENGTHS) {
    it(`opens what it sealed, ${length} bytes`, async () => {
      const envelope = new Envelope({ rootKey: localKey() })
      const plaintext = randomBytes(length)
      const message = await envelope.encrypt(plaintext)
      const opened = await envelope.decrypt(message)
      assert.deepEqual(opened.plaintext, plaintext)
      assert.equal(opened.plaintext.buffer.byteLength, length)
    })
  }

  it('leaves its input alone and keeps nothing of it', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const plaintext = bytesOf('unchanged')
    const message = await envelope.encrypt(plaintext)
    assert.deepEqual(plaintext, bytesOf('unchanged'))
    const copy = message.slice()
    await envelope.decrypt(message)
    assert.deepEqual(message, copy)
  })

  it('takes ArrayBuffers, views with an offset and Buffers', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const whole = bytesOf('xxbytesxx')
    for (const input of [whole.subarray(2, 7), whole.slice(2, 7).buffer, Buffer.from('bytes')]) {
      const { plaintext } = await envelope.decrypt(await envelope.encrypt(input))
      assert.deepEqual(plaintext, bytesOf('bytes'))
    }
  })

  it('seals the same plaintext differently each time', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const [a, b] = [await envelope.encrypt(bytesOf('a')), await envelope.encrypt(bytesOf('a'))]
    assert.notDeepEqual(a, b)
  })

  it('is opened by any of several root keys, and by no other', async () => {
    const [first, second] = [localKey('first'), localKey('second')]
    const message = await new Envelope({ rootKeys: [first, second] }).encrypt(bytesOf('shared'))
    for (const rootKey of [first, second]) {
      const { plaintext } = await new Envelope({ rootKey }).decrypt(message)
      assert.deepEqual(plaintext, bytesOf('shared'))
    }
    const other = new Envelope({ rootKey: localKey('third') })
    await rejectsCode(other.decrypt(message), 'ERR_POLICY_KEY')
  })

  it('tells a namesake with other bytes from the right key', async () => {
    const message = await new Envelope({ rootKey: localKey() }).encrypt(bytesOf('mine'))
    const envelope = new Envelope({ rootKey: localKey() })
    await rejectsCode(envelope.decrypt(message), 'ERR_OPEN_FAILED')
  })

  it('bounds slots, header and frames', async () => {
    const rootKeys = [localKey('a'), localKey('b'), localKey('c')]
    const message = await new Envelope({ rootKeys }).encrypt(bytesOf('bounded'), {
      context: { long: 'x'.repeat(1000) },
    })
    for (const limits of [{ slots: 2 }, { headerBytes: 1000 }, { frameBytes: 65_535 }]) {
      const envelope = new Envelope({ rootKeys, limits })
      await rejectsCode(envelope.decrypt(message, { context: 'unchecked' }), 'ERR_LIMIT')
      const stream = new Blob([message])
        .stream()
        .pipeThrough(envelope.decryptStream({ context: 'unchecked' }))
      await rejectsCode(stream.getReader().read(), 'ERR_LIMIT')
    }
  })

  it('refuses bytes that are detached while it waits, which look like none', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const plaintext = randomBytes(100)
    const sealing = envelope.encrypt(plaintext)
    structuredClone(plaintext, { transfer: [plaintext.buffer] })
    await rejectsCode(sealing, 'ERR_ARGUMENT')
    const message = await envelope.encrypt(randomBytes(100))
    const opening = envelope.decrypt(message)
    structuredClone(message, { transfer: [message.buffer] })
    await rejectsCode(opening, 'ERR_ARGUMENT')
  })

  it('waits for no root key that does not heed an abort', async () => {
    const reason = new Error('enough')
    const rootKey = localKey()
    const never = { provider: 'tests', id: 'deaf', wrap: hang, unwrap: hang }
    function hang(): Promise<never> {
      return new Promise(() => {})
    }
    const envelope = new Envelope({ rootKeys: [rootKey, never] })
    const controller = new AbortController()
    const { signal } = controller
    const sealing = assert.rejects(envelope.encrypt(bytesOf('x'), { signal }), reason)
    const message = await new Envelope({ rootKey }).encrypt(bytesOf('x'))
    const deaf = new Envelope({ rootKey: never })
    const opening = assert.rejects(deaf.decrypt(message, { signal }), reason)
    controller.abort(reason)
    await Promise.all([sealing, opening])
  })

  it('passes on what a root key throws, even at once', async () => {
    const reason = new Error('broken')
    const broken = {
      provider: 'tests',
      id: 'broken',
      wrap: () => {
        throw reason
      },
      unwrap: () => {
        throw reason
      },
    }
    const rootKey = localKey()
    await assert.rejects(
      new Envelope({ rootKeys: [rootKey, broken] }).encrypt(bytesOf('x')),
      reason,
    )
    const message = await new Envelope({ rootKey }).encrypt(bytesOf('x'))
    await assert.rejects(new Envelope({ rootKey: broken }).decrypt(message), reason)
    const both = new Envelope({ rootKeys: [broken, rootKey] })
    await both.decrypt(message)
  })

  it('wants one of `rootKey` and `rootKeys`, and real root keys', () => {
    const rootKey = localKey()
    const wrong: readonly unknown[] = [
      {},
      undefined,
      { rootKey, rootKeys: [rootKey] },
      { rootKeys: [] },
      { rootKeys: rootKey },
      { rootKeys: Array.from({ length: 11 }, () => rootKey) },
      { rootKey: 'orders' },
      { rootKey: { provider: 'x', id: 'y' } },
      { rootKey, limit: {} },
      { rootKey, limits: { slot: 1 } },
      { rootKey, limits: { slots: 0 } },
      { rootKey, limits: { slots: 1.5 } },
    ]
    for (const options of wrong) {
      throwsCode(() => new Envelope(options as { rootKey: never }), 'ERR_ARGUMENT')
    }
  })
})

describe('context', () => {
  const rootKey = localKey()
  const envelope = new Envelope({ rootKey })

  async function roundTrip(context: Context): Promise<Context> {
    const message = await envelope.encrypt(bytesOf('x'), { context })
    return (await envelope.decrypt(message, { context })).context
  }

  it('comes back as it went in, in any script, with a null prototype', async () => {
    const context = { tenant: 'acme', ключ: '包み', '😀': '', '\ufeffmark': '\ufeffmark' }
    const back = await roundTrip(context)
    assert.deepEqual({ ...back }, context)
    assert.equal(Object.getPrototypeOf(back), null)
  })

  it('takes `__proto__` for a key like any other', async () => {
    const context = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Context
    const back = await roundTrip(context)
    assert.deepEqual(Object.entries(back).sort(), [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ])
  })

  it('is the same in any order', async () => {
    const message = await envelope.encrypt(bytesOf('x'), { context: { a: '1', b: '2' } })
    await envelope.decrypt(message, { context: { b: '2', a: '1' } })
  })

  it('has to be asked for exactly', async () => {
    const message = await envelope.encrypt(bytesOf('x'), { context: { a: '1', b: '2' } })
    const wrong: readonly (Context | undefined)[] = [
      undefined,
      {},
      { a: '1' },
      { a: '1', b: '3' },
      { a: '1', b: '2', c: '3' },
      { a: '1', B: '2' },
    ]
    for (const context of wrong) {
      const options = context === undefined ? {} : { context }
      await rejectsCode(envelope.decrypt(message, options), 'ERR_POLICY_CONTEXT')
    }
  })

  it('may be left unchecked, and is then returned', async () => {
    const message = await envelope.encrypt(bytesOf('x'), { context: { a: '1' } })
    const { context } = await envelope.decrypt(message, { context: 'unchecked' })
    assert.deepEqual({ ...context }, { a: '1' })
  })

  it('is compared before a root key is asked', async () => {
    const message = await envelope.encrypt(bytesOf('x'), { context: { a: '1' } })
    let asked = 0
    const spy = {
      provider: rootKey.provider,
      id: 'spy',
      wrap: () => Promise.reject(new Error('not used')),
      unwrap: () => {
        asked += 1
        return Promise.reject(new Error('asked'))
      },
    }
    const spied = new Envelope({ rootKey: spy })
    await rejectsCode(spied.decrypt(message), 'ERR_POLICY_CONTEXT')
    assert.equal(asked, 0)
    await assert.rejects(spied.decrypt(message, { context: { a: '1' } }))
    assert.equal(asked, 1)
  })

  it('refuses what is not text under text', async () => {
    const wrong: readonly unknown[] = [
      null,
      'text',
      ['a'],
      new Map([['a', '1']]),
      { a: 1 },
      { a: null },
      { a: '\ud800' },
      { '\udc00': 'a' },
      { [Symbol('a')]: 'b' },
    ]
    for (const context of wrong) {
      const call = envelope.encrypt(bytesOf('x'), { context: context as Context })
      await rejectsCode(call, 'ERR_ARGUMENT')
    }
  })

  it('takes nothing that is inherited', async () => {
    class Inherited {
      own = 'x'
    }
    const call = envelope.encrypt(bytesOf('x'), { context: new Inherited() as never })
    await rejectsCode(call, 'ERR_ARGUMENT')
    const bare: Record<string, string> = Object.create(null)
    bare['a'] = '1'
    assert.deepEqual({ ...(await roundTrip(bare)) }, { a: '1' })
  })

  it('refuses reserved keys and too much of it', async () => {
    const reserved = { 'aws-crypto-public-key': 'x' }
    const call = envelope.encrypt(bytesOf('x'), { context: reserved })
    await rejectsCode(call, 'ERR_POLICY_CONTEXT')
    for (const context of [
      { a: 'x'.repeat(65_536) },
      { a: 'x'.repeat(40_000), b: 'y'.repeat(40_000) },
    ]) {
      await rejectsCode(envelope.encrypt(bytesOf('x'), { context }), 'ERR_LIMIT')
    }
  })
})
