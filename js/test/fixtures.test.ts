/** Messages and objects that other programs wrote, through the package, by every path. */

import assert from 'node:assert/strict'
import { createDecipheriv, createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, describe, it } from 'node:test'
import { type Context, Envelope, type RootKey } from 'tsutsumi'
import { Objects } from 'tsutsumi/object'
import { engine, useEngine } from '../dist/bulk/aes.js'
import { adoptDataKey } from '../dist/data-key.js'
import { wrapSlots } from '../dist/slot/stored.js'
import { enter } from '../dist/wasm/instance.js'
import { send } from '../dist/wasm/memory.js'
import { localKey } from './support/keys.js'
import { chunked, collect } from './support/streams.js'
import { byEveryPath } from './support/vectors.js'

interface Fixture {
  readonly scheme?: string
  readonly suite?: string
  readonly keyHex?: string
  readonly contextHex?: string
  readonly plaintextLength: number
  readonly encryptionContext?: Context
  readonly ciphertextBase64: string
}

interface Fixtures {
  readonly keyring: { readonly rootKeyHex: string }
  readonly tests: readonly Fixture[]
}

function fixtures(name: string): Fixtures {
  const path = new URL(`../../tests/vectors/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8'))
}

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

function plaintextOf(length: number): Uint8Array {
  return createHash('shake128', { outputLength: length }).update(`n=${length}`).digest()
}

// The pairs as a message carries them, in the order of their bytes.
function serialised(context: Context): Uint8Array {
  const field = (text: string): Buffer => {
    const bytes = Buffer.from(text)
    return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 255), bytes])
  }
  const pairs = Object.entries(context)
  if (pairs.length === 0) return new Uint8Array(0)
  pairs.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return Buffer.concat([Buffer.of(0, pairs.length), ...pairs.flat().map(field)])
}

/** What the program's keyring did: AES-256-GCM under a known key, bound to the context. */
function keyring(root: Uint8Array): RootKey {
  return {
    provider: 'ibm-key-protect',
    id: 'fixture',
    wrap: () => Promise.reject(new Error('only unwraps')),
    async unwrap({ ciphertext }, options) {
      const cipher = createDecipheriv('aes-256-gcm', root, ciphertext.subarray(0, 12))
      cipher.setAAD(serialised(options?.context ?? {}))
      cipher.setAuthTag(ciphertext.subarray(-16))
      const key = Buffer.concat([cipher.update(ciphertext.subarray(12, -16)), cipher.final()])
      return adoptDataKey(enter((core) => core.dataKeyLand(send(core, key))))
    },
  }
}

// Everything by the platform's AES, then as it comes.
async function bothWays(work: () => Promise<void>): Promise<void> {
  await work()
  const found = engine()
  assert.ok(found)
  useEngine({ ...found, crossover: { body: 1, unit: 1 } })
  await work()
  useEngine(undefined)
}

afterEach(() => useEngine(undefined))

describe('messages of the AWS Encryption SDK for Python', () => {
  it('are opened whole, in pieces of every length, and in ranges', async (test) => {
    const { keyring: made, tests } = fixtures('esdk-python-custom-keyring')
    const envelope = new Envelope({ rootKey: keyring(Buffer.from(made.rootKeyHex, 'hex')) })
    let [opened, ranges] = [0, 0]
    for (const { suite, plaintextLength, ciphertextBase64 } of tests) {
      const [message, expected] = [base64(ciphertextBase64), plaintextOf(plaintextLength)]
      await bothWays(async () => {
        for (const outcome of await byEveryPath(envelope, message)) {
          assert.ok(typeof outcome !== 'string', String(outcome))
          assert.ok(Buffer.compare(outcome, expected) === 0)
        }
      })
      opened += 1
      if (suite !== '0478') continue
      using reader = await envelope.decryptRanges(message, { context: 'unchecked' })
      for (const start of [0, plaintextLength >> 1, plaintextLength]) {
        const part = await reader.read(start, plaintextLength)
        assert.ok(Buffer.compare(part, expected.subarray(start)) === 0)
        ranges += 1
      }
    }
    test.diagnostic(`${opened} opened, ${ranges} ranges`)
    assert.equal(opened, 16)
    assert.ok(ranges >= 24, `only ${ranges} ranges`)
  })
})

describe('objects of pyca/cryptography', () => {
  it('are opened whole, in pieces of every length, and in ranges', async (test) => {
    const rootKey = localKey()
    const objects = new Objects({ rootKey })
    let [opened, excluded] = [0, 0]
    for (const fixture of fixtures('cobblestone-pyca').tests) {
      const { scheme, keyHex = '', contextHex, plaintextLength, ciphertextBase64 } = fixture
      // Keys of 128 bits are none of ours; contexts here are pairs, and theirs are any bytes.
      if (scheme !== 'Cobblestone-256' || contextHex !== '') {
        excluded += 1
        continue
      }
      const key = Buffer.from(keyHex, 'hex')
      const dataKey = adoptDataKey(enter((core) => core.dataKeyLand(send(core, key))))
      const slots = await wrapSlots(dataKey, [rootKey], { context: {} })
      dataKey.dispose()
      const [body, expected] = [base64(ciphertextBase64), plaintextOf(plaintextLength)]
      await bothWays(async () => {
        assert.ok(Buffer.compare(await objects.open(body, { slots }), expected) === 0)
        for (const length of [1, 57, 10_000, 16_400, 100_000]) {
          const pair = objects.openStream({ slots })
          const streamed = await collect(chunked(body, length).pipeThrough(pair))
          assert.ok(Buffer.compare(streamed, expected) === 0, `pieces of ${length}`)
        }
        const fetch = async (start: number, end: number) => body.slice(start, end)
        using reader = await objects.reader({ size: body.length, slots, fetch })
        for (const start of [0, plaintextLength >> 1, plaintextLength]) {
          const part = await reader.read(start, plaintextLength)
          assert.ok(Buffer.compare(part, expected.subarray(start)) === 0)
        }
      })
      opened += 1
    }
    test.diagnostic(`${opened} opened, ${excluded} left out`)
    assert.ok(opened >= 5, `only ${opened}`)
  })
})
