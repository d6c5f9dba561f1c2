/** Messages without the core: the same bytes, and the same refusals. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { Envelope, isTsutsumiError, wrappingKey } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
import * as web from 'tsutsumi/webcrypto'
import { rejectsCode } from './support/failure.js'
import { bytesOf, randomBytes } from './support/keys.js'
import { through } from './support/streams.js'

const NAMES = { namespace: 'tests', name: 'webcrypto' }
const bytes = randomBytes(32)
const core = new Envelope({ rootKey: wrappingKey(bytes, NAMES) })
const plain = new web.Envelope({ rootKey: await web.wrappingKey(bytes, NAMES) })
const context = { tenant: 'acme', ключ: '包み', '\u{10000}': 'b', '\u{fffd}': 'a' }

interface Opener {
  decrypt(
    message: Uint8Array,
    options?: { readonly context?: typeof context | 'unchecked' },
  ): Promise<unknown>
}

/** What an opener makes of a message: the code of its refusal, or `ok`. */
async function verdict(opener: Opener, message: Uint8Array): Promise<string> {
  try {
    await opener.decrypt(message, { context })
    return 'ok'
  } catch (error) {
    if (!isTsutsumiError(error)) throw error
    const at = error.name === 'FormatError' && 'offset' in error ? ` at ${error.offset}` : ''
    return error.code + at
  }
}

async function rejectsEither(work: Promise<unknown>, codes: readonly string[]): Promise<void> {
  const error = await work.then(
    () => assert.fail('a signed message was opened'),
    (thrown: unknown) => thrown,
  )
  assert.ok(isTsutsumiError(error) && codes.includes(error.code), String(error))
}

describe('messages between the core and the platform', () => {
  it('open on the other side, at every length', async () => {
    for (const length of [0, 1, 65_535, 65_536, 65_537, 131_072, 1_200_000]) {
      const plaintext = randomBytes(length)
      for (const [from, to] of [
        [plain, core],
        [core, plain],
        [plain, plain],
      ] as const) {
        const message = await from.encrypt(plaintext, { context })
        const opened = await to.decrypt(message, { context })
        assert.deepEqual(opened.plaintext, plaintext)
        assert.deepEqual({ ...opened.context }, context)
        assert.equal(message.length, (await core.encrypt(plaintext, { context })).length)
      }
    }
  })

  it('open on the other side as streams, in chunks of any length', async () => {
    const plaintext = randomBytes(300_000)
    for (const length of [1000, 65_536, 1_000_000]) {
      const message = await through(plaintext, plain.encryptStream({ context }), length)
      assert.deepEqual((await core.decrypt(message, { context })).plaintext, plaintext)
      const ends = plain.decryptStream({ context })
      const other = await core.encrypt(plaintext, { context })
      assert.deepEqual(Buffer.from(await through(other, ends, length)), Buffer.from(plaintext))
      assert.deepEqual({ ...(await ends.context) }, context)
    }
  })

  it('have pairs that are not stored', async () => {
    const requiredContext = { purpose: 'orders' }
    for (const [from, to] of [
      [plain, core],
      [core, plain],
    ] as const) {
      const message = await from.encrypt(bytesOf('x'), { context, requiredContext })
      const { plaintext } = await to.decrypt(message, { context, requiredContext })
      assert.deepEqual(plaintext, bytesOf('x'))
      await rejectsCode(to.decrypt(message, { context }), 'ERR_OPEN_FAILED')
    }
  })

  it('have several slots, any of which opens', async () => {
    const other = randomBytes(32)
    const names = { namespace: 'tests', name: 'other' }
    const rootKeys = [await web.wrappingKey(other, names), await web.wrappingKey(bytes, NAMES)]
    const message = await new web.Envelope({ rootKeys }).encrypt(bytesOf('x'))
    for (const opener of [core, plain, new Envelope({ rootKey: wrappingKey(other, names) })]) {
      assert.deepEqual((await opener.decrypt(message)).plaintext, bytesOf('x'))
    }
  })
})

describe('refusals without the core', () => {
  it('are those of the core at every flipped bit', async (test) => {
    const message = await core.encrypt(randomBytes(40), { context })
    const counts: Record<string, number> = {}
    for (let bit = 0; bit < message.length * 8; bit++) {
      const flipped = message.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const expected = await verdict(core, flipped)
      assert.equal(await verdict(plain, flipped), expected, `bit ${bit}`)
      assert.notEqual(expected, 'ok')
      const [code = ''] = expected.split(' ')
      counts[code] = (counts[code] ?? 0) + 1
    }
    test.diagnostic(`${message.length * 8} flips: ${JSON.stringify(counts)}`)
    assert.ok((counts['ERR_OPEN_FAILED'] ?? 0) > 1000)
  })

  it('are those of the core at every cut, and behind the end', async (test) => {
    const message = await core.encrypt(randomBytes(40), { context })
    for (let length = 0; length < message.length; length++) {
      const cut = message.subarray(0, length)
      const expected = await verdict(core, cut)
      assert.match(expected, /^ERR_FORMAT_TRUNCATED/)
      assert.equal(await verdict(plain, cut), expected)
      await rejectsCode(through(cut, plain.decryptStream({ context })), 'ERR_FORMAT_TRUNCATED')
    }
    const longer = Buffer.concat([message, new Uint8Array(1)])
    assert.equal(await verdict(plain, longer), await verdict(core, longer))
    test.diagnostic(`${message.length} cuts`)
  })

  it('are those of the vectors, but for suites that need the core', async (test) => {
    const url = new URL('../../tests/vectors/messages.json', import.meta.url)
    const { keys, tests } = JSON.parse(readFileSync(url, 'utf8'))
    const rootKey = await web.wrappingKey(Buffer.from(keys[0].key, 'hex'), {
      namespace: keys[0].namespace,
      name: keys[0].name,
    })
    const envelope = new web.Envelope({ rootKey })
    let [opened, signed] = [0, 0]
    for (const vector of tests) {
      const message = new Uint8Array(Buffer.from(vector.message, 'base64'))
      const isSigned = message[0] === 2 && message[1] === 5 && message[2] === 0x78
      signed += isSigned ? 1 : 0
      const work = envelope.decrypt(message, { context: vector.context })
      const refused = vector.expect === 'ok' ? 'ERR_POLICY_SUITE' : vector.expect
      if (isSigned) await rejectsEither(work, ['ERR_POLICY_SUITE', refused])
      else if (vector.expect === 'ok') {
        const { plaintext } = await work
        assert.equal(Buffer.from(plaintext).toString('base64'), vector.plaintext, vector.name)
        opened += 1
      } else await rejectsCode(work, vector.expect)
    }
    test.diagnostic(`${tests.length} vectors, ${opened} opened, ${signed} need the core`)
    assert.ok(tests.length >= 140 && opened >= 15 && signed < 40)
  })

  it('are those of the core for contexts, keys and options', async () => {
    const message = await core.encrypt(bytesOf('x'), { context })
    const other = await web.wrappingKey(randomBytes(32), NAMES)
    const stranger = await web.wrappingKey(bytes, { ...NAMES, name: 'stranger' })
    await rejectsCode(plain.decrypt(message), 'ERR_POLICY_CONTEXT')
    const open = (rootKey: web.RootKey): Promise<unknown> =>
      new web.Envelope({ rootKey }).decrypt(message, { context: 'unchecked' })
    await rejectsCode(open(other), 'ERR_OPEN_FAILED')
    await rejectsCode(open(stranger), 'ERR_POLICY_KEY')
    const text = bytesOf('x')
    await rejectsCode(
      plain.encrypt(text, { context: { 'aws-crypto-x': '' } }),
      'ERR_POLICY_CONTEXT',
    )
    await rejectsCode(plain.encrypt(text, { context: { a: 'x'.repeat(70_000) } }), 'ERR_LIMIT')
    await rejectsCode(plain.encrypt(text, { contexts: {} } as never), 'ERR_ARGUMENT')
    await rejectsCode(plain.encrypt('text' as never), 'ERR_ARGUMENT')
    await rejectsCode(plain.decrypt(null as never), 'ERR_ARGUMENT')
    await rejectsCode(web.wrappingKey(bytes.subarray(1), NAMES), 'ERR_ARGUMENT')
    await rejectsCode(web.wrappingKey(bytes, { ...NAMES, namespace: 'aws-kms' }), 'ERR_ARGUMENT')
    const foreign = new web.Envelope({ rootKey: wrappingKey(bytes, NAMES) as never })
    await rejectsCode(foreign.encrypt(text), 'ERR_ARGUMENT')
    const signal = AbortSignal.abort(new Error('enough'))
    await assert.rejects(plain.encrypt(text, { signal }), /enough/)
    await assert.rejects(plain.decrypt(message, { context, signal }), /enough/)
  })
})

/** A module and all that it imports, by path below dist/. */
function graphOf(file: string, seen = new Map<string, string>()): Map<string, string> {
  if (seen.has(file)) return seen
  const text = readFileSync(new URL(`../dist/${file}`, import.meta.url), 'utf8')
  seen.set(file, text)
  for (const [, from = ''] of text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
    graphOf(join(dirname(file), from), seen)
  }
  return seen
}

describe('the entry without the core', () => {
  it('imports nothing that knows of WebAssembly', () => {
    const code = (text: string): string => text.replace(/\/\*.*?\*\//gs, '')
    const knowing = (file: string): string[] =>
      [...graphOf(file)]
        .filter(([, text]) => /WebAssembly\./.test(code(text)))
        .map(([name]) => name)
    assert.deepEqual(knowing('webcrypto.js'), [])
    assert.ok(graphOf('webcrypto.js').size > 20)
    assert.ok(knowing('index.js').length > 0, 'the control: the main entry does')
  })
})

describe('keys without the core', () => {
  it('cannot be exported once they are unwrapped', async () => {
    const rootKey = await web.wrappingKey(bytes, NAMES)
    const dataKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, [
      'encrypt',
    ])
    const unwrapped = await rootKey.unwrap(await rootKey.wrap(dataKey))
    assert.equal(unwrapped.extractable, false)
    assert.equal(unwrapped.algorithm.name, 'HKDF')
    await assert.rejects(crypto.subtle.exportKey('raw', unwrapped))
  })
})

describe('Key Protect without the core', () => {
  it('opens what the core sealed under the same root key, and the other way round', async () => {
    const service = await embeddedKeyProtect()
    const rootKey = await keyProtect(service).createRootKey({ name: 'orders', aliases: ['orders'] })
    const here = new web.Envelope({ rootKey: web.keyProtect(service).key('orders') })
    const there = new Envelope({ rootKey })
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      const message = await from.encrypt(bytesOf('order 17'), { context })
      assert.deepEqual((await to.decrypt(message, { context })).plaintext, bytesOf('order 17'))
    }
    const message = await there.encrypt(bytesOf('order 17'), { context })
    const other = await keyProtect(service).createRootKey({ name: 'other' })
    const stranger = new web.Envelope({ rootKey: web.keyProtect(service).key(other.id) })
    await rejectsCode(stranger.decrypt(message, { context }), 'ERR_POLICY_KEY')
    await rootKey.disable()
    await rejectsCode(here.decrypt(message, { context }), 'ERR_KMS_KEY_STATE')
  })

  it('takes no reply that makes no sense', async () => {
    const service = await embeddedKeyProtect()
    const rootKey = await keyProtect(service).createRootKey({ name: 'orders' })
    const message = await new Envelope({ rootKey }).encrypt(bytesOf('x'))
    const key = Buffer.from(randomBytes(32)).toString('base64')
    const replies: readonly (readonly [string, string])[] = [
      ['{}', 'ERR_KMS_PROTOCOL'],
      ['', 'ERR_KMS_PROTOCOL'],
      ['<html>', 'ERR_KMS_PROTOCOL'],
      ['null', 'ERR_KMS_PROTOCOL'],
      ['{"plaintext":"AAAA"}', 'ERR_KMS_PROTOCOL'],
      ['{"plaintext":null}', 'ERR_KMS_PROTOCOL'],
      [`{"x":{"plaintext":"${key}"}}`, 'ERR_KMS_PROTOCOL'],
      [`{"plaintext":"${key}","plaintext":"${key}"}`, 'ERR_KMS_PROTOCOL'],
      [`{"plaintext":"${key}"`, 'ERR_KMS_PROTOCOL'],
      [`{"plaintext":"${key.slice(0, 42)}B="}`, 'ERR_KMS_PROTOCOL'],
      [`{"plaintext":"${key.replaceAll('/', '\\/')}","x":[1,"\\"",{}]}`, 'ERR_OPEN_FAILED'],
    ]
    for (const [reply, code] of replies) {
      const fetch: typeof service.fetch = async (url, init) =>
        url.includes('unwrap') ? new Response(reply) : service.fetch(url, init)
      const { url, instance, apiKey } = service
      const kms = web.keyProtect({ url, instance, apiKey, fetch })
      const envelope = new web.Envelope({ rootKey: kms.key(rootKey.id) })
      await rejectsCode(envelope.decrypt(message), code)
    }
  })
})
