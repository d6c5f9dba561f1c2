import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, Envelope, inspect, type RootKey, wrappingKey } from 'tsutsumi'
import { rejectsCode } from './support/failure.js'
import { byEveryPath, missing, type Outcome, published, staticRootKey } from './support/vectors.js'

const ALL = { commitment: 'allow-uncommitted', keyDerivation: 'allow-identity' } as const

interface Case {
  readonly message: Uint8Array
  readonly dataKey: Uint8Array
  /** What has to come of it: a plaintext, or the code of an error. */
  readonly expected: Outcome | { readonly length: number }
}

// Every path has to come to the same.
function judge(outcomes: readonly Outcome[], expected: Case['expected']): void {
  for (const outcome of outcomes) {
    if (typeof expected === 'string' || expected instanceof Uint8Array) {
      assert.deepEqual(outcome, typeof expected === 'string' ? expected : Buffer.from(expected))
    } else {
      assert.ok(typeof outcome !== 'string', String(outcome))
      assert.equal(outcome.length, expected.length)
    }
  }
}

const bufferOf = (outcome: Outcome): Outcome =>
  typeof outcome === 'string' ? outcome : Buffer.from(outcome)

function providerOf(message: Uint8Array): string {
  // Version 1 is not inspected by the core: the provider stands after the context.
  const view = new DataView(message.buffer, message.byteOffset)
  const version = message[0]
  const at = version === 2 ? 35 : 20
  const slots = at + 2 + view.getUint16(at) + 2
  const length = view.getUint16(slots)
  return new TextDecoder().decode(message.subarray(slots + 2, slots + 2 + length))
}

async function run(cases: readonly Case[]): Promise<void> {
  for (const { message, dataKey, expected } of cases) {
    const rootKey: RootKey = staticRootKey(providerOf(message), dataKey)
    const outcomes = await byEveryPath(new Envelope({ rootKey, ...ALL }), message)
    judge(outcomes.map(bufferOf), expected)
  }
}

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

describe('published messages, by every path', { skip: missing }, () => {
  it('of the commitment vectors', async (test) => {
    interface Vector {
      readonly ciphertext: string
      readonly 'decrypted-dek': string
      readonly status: boolean
      readonly 'plaintext-frames': readonly string[]
    }
    const { tests } = JSON.parse(published('esdk/commitment-test-vectors.json').toString()) as {
      tests: Vector[]
    }
    const cases = tests.map((vector) => ({
      message: base64(vector.ciphertext),
      dataKey: base64(vector['decrypted-dek']),
      expected: vector.status
        ? new TextEncoder().encode(vector['plaintext-frames'].join(''))
        : 'ERR_OPEN_FAILED',
    }))
    await run(cases)
    const signed = cases.filter(({ message }) => inspect(message).signed)
    test.diagnostic(`${cases.length} vectors, ${signed.length} of them signed`)
    assert.deepEqual([cases.length, signed.length], [46, 23])
  })

  it('of the decrypt oracle', async (test) => {
    interface Vector {
      readonly 'key-type': string
      readonly 'algorithm-suite': string
      readonly ciphertext: string
      readonly plaintext: string
    }
    const text = published('esdk/decrypt_oracle_vectors.json').toString()
    const all = JSON.parse(text) as Vector[]
    const keys = all.filter((vector) => vector['key-type'] !== 'aws-kms')
    const cases = keys.map((vector) => {
      const length = { '14': 16, '46': 24, '78': 32 }[vector['algorithm-suite'].slice(2)] ?? 0
      const counting = vector['key-type'] === 'test_counting'
      return {
        message: base64(vector.ciphertext),
        dataKey: Uint8Array.from({ length }, (_, at) => (counting ? at + 1 : 0)),
        expected: base64(vector.plaintext),
      }
    })
    await run(cases)
    test.diagnostic(`${cases.length} vectors`)
    assert.equal(cases.length, 18)
  })

  it('of the SDK for JavaScript', async (test) => {
    interface Vector {
      readonly ciphertextBase64: string
      readonly dataKeyHex: string
      readonly expect: string
      readonly plaintextBase64?: string | null
      readonly plaintextLength: number
    }
    const { tests } = JSON.parse(published('esdk/js-decrypt-fixtures.json').toString()) as {
      tests: Vector[]
    }
    const codes: Readonly<Record<string, string>> = {
      'reject: signature': 'ERR_OPEN_FAILED',
      'reject: frame sequence': 'ERR_FORMAT_INVALID',
    }
    const cases = tests.map((vector) => ({
      message: base64(vector.ciphertextBase64),
      dataKey: new Uint8Array(Buffer.from(vector.dataKeyHex, 'hex')),
      expected:
        codes[vector.expect] ??
        (typeof vector.plaintextBase64 === 'string'
          ? base64(vector.plaintextBase64)
          : { length: vector.plaintextLength }),
    }))
    await run(cases)
    test.diagnostic(`${cases.length} vectors`)
    assert.equal(cases.length, 10)
  })

  it('of the SDK for .NET, with a context that is not stored', async (test) => {
    interface Vector {
      readonly ciphertext: string
      readonly 'master-keys': readonly { readonly 'provider-id': string }[]
      readonly 'encryption-context': Context
    }
    const read = (uri: string): Buffer =>
      published(`esdk/valid-Net-4.0.0/${uri.replace('file://', '')}`)
    const { tests } = JSON.parse(read('manifest.json').toString()) as {
      tests: Record<string, Vector>
    }
    const { keys } = JSON.parse(read('keys.json').toString()) as {
      keys: Record<string, { readonly 'key-id': string; readonly material: string }>
    }
    const key = keys['aes-256']
    assert.ok(key)
    let opened = 0
    for (const vector of Object.values(tests)) {
      const message = new Uint8Array(read(vector.ciphertext))
      const [master] = vector['master-keys']
      const names = { namespace: master?.['provider-id'] ?? '', name: key['key-id'] }
      const rootKey = wrappingKey(base64(key.material), names)
      const envelope = new Envelope({ rootKey, ...ALL })
      const required = vector['encryption-context']
      const outcomes = await byEveryPath(envelope, message, required)
      judge(outcomes.map(bufferOf), new Uint8Array(read('plaintexts/small')))
      // Without the pairs that are not stored, and with another value, it stays closed.
      const other = { ...required, key1: 'other' }
      await assert.rejects(envelope.decrypt(message, { context: 'unchecked' }))
      await assert.rejects(
        envelope.decrypt(message, { context: 'unchecked', requiredContext: other }),
      )
      opened += 1
      rootKey.dispose()
    }
    test.diagnostic(`${opened} vectors`)
    assert.equal(opened, 5)
  })
})

describe('a message of version 1', { skip: missing }, () => {
  it('is refused before anybody is asked for its key, unless it is allowed', async () => {
    const text = published('esdk/decrypt_oracle_vectors.json').toString()
    let asked = 0
    const rootKey: RootKey = {
      ...staticRootKey('null', new Uint8Array(32)),
      unwrap: () => {
        asked += 1
        return Promise.reject(new Error('asked'))
      },
    }
    const vectors = JSON.parse(text) as { 'algorithm-suite': string; ciphertext: string }[]
    const context = 'unchecked'
    for (const { ciphertext, 'algorithm-suite': suite } of vectors.slice(0, 9)) {
      const message = base64(ciphertext)
      for (const options of [{}, { commitment: 'required' as const }]) {
        const envelope = new Envelope({ rootKey, ...options })
        await rejectsCode(envelope.decrypt(message, { context }), 'ERR_POLICY_SUITE')
      }
      if (suite.startsWith('00')) {
        const envelope = new Envelope({ rootKey, commitment: 'allow-uncommitted' })
        await rejectsCode(envelope.decrypt(message, { context }), 'ERR_POLICY_SUITE')
      }
      assert.equal(asked, 0, suite)
    }
    const allowed = new Envelope({ rootKey, ...ALL })
    const [first] = vectors
    await assert.rejects(allowed.decrypt(base64(first?.ciphertext ?? ''), { context }), /asked/)
    assert.equal(asked, 1, 'the control: allowed, it is asked for')
  })
})
