/** Headers of messages of either version, read without any key. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Envelope, inspect } from 'tsutsumi'
import { explain, inspectMessage } from 'tsutsumi/interop'
import { rejectsCode, throwsCode } from './support/failure.js'
import { localKey, randomBytes } from './support/keys.js'
import { missing, published } from './support/vectors.js'

const url = new URL('../../tests/vectors/messages.json', import.meta.url)
const own = JSON.parse(readFileSync(url, 'utf8')) as {
  readonly tests: readonly { readonly name: string; readonly message: string }[]
}

const base64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

test('a message of version 2 is reported as `inspect` reports it', async () => {
  const message = await new Envelope({ rootKey: localKey() }).encrypt(randomBytes(100_000), {
    context: { tenant: 'acme' },
  })
  assert.deepEqual(await inspectMessage(message), inspect(message))
  await rejectsCode(inspectMessage(message.subarray(0, 50)), 'ERR_FORMAT_TRUNCATED')
  await rejectsCode(inspectMessage('text' as unknown as Uint8Array), 'ERR_ARGUMENT')
})

test('messages of version 1 are reported, every suite', { skip: missing }, async (t) => {
  const text = published('esdk/decrypt_oracle_vectors.json').toString()
  const vectors = JSON.parse(text) as readonly {
    readonly 'algorithm-suite': string
    readonly ciphertext: string
  }[]
  const suites = new Set<number>()
  for (const vector of vectors) {
    const message = base64(vector.ciphertext)
    if (message[0] !== 1) continue
    throwsCode(() => inspect(message), 'ERR_POLICY_SUITE')
    const report = await inspectMessage(message)
    assert.equal(report.suite.toString(16).padStart(4, '0'), vector['algorithm-suite'])
    assert.equal(report.signed, 'aws-crypto-public-key' in report.context)
    assert.equal(report.suiteName.includes('ECDSA'), report.signed)
    assert(report.slots.length > 0)
    const { facts } = explain(message)
    const frames = facts.find(([name]) => name === 'frames')?.[1]
    assert.equal(report.frameLength === 0, frames === undefined)
    if (frames !== undefined) assert.match(frames, new RegExp(`of ${report.frameLength} bytes`))
    let end = 0
    for (const field of report.fields) {
      assert.equal(field.offset, end, field.name)
      end += field.length
    }
    assert.equal(end, report.headerLength)
    assert.deepEqual(await inspectMessage(message.subarray(0, end)), report)
    await rejectsCode(inspectMessage(message.subarray(0, end - 1)), 'ERR_FORMAT_TRUNCATED')
    suites.add(report.suite)
  }
  t.diagnostic(`${suites.size} suites`)
  assert(suites.size >= 9, `${suites.size}`)
})

test('what is of version 1 and malformed is refused by name', async () => {
  const vector = own.tests.find(({ name }) => name === 'version_1_type')
  await rejectsCode(inspectMessage(base64(vector?.message ?? '')), 'ERR_FORMAT_VERSION')
  await rejectsCode(inspectMessage(Uint8Array.of(1, 0x80, 0xff, 0xff)), 'ERR_FORMAT_SUITE')
})

test('the module with all formats is compiled for version 1 alone', () => {
  const program = `
    let compiled = 0
    WebAssembly.Module = class extends WebAssembly.Module {
      constructor(bytes) { super(bytes); compiled += 1 }
    }
    const { inspectMessage } = await import('tsutsumi/interop')
    const { Envelope, wrappingKey } = await import('tsutsumi')
    const key = wrappingKey(new Uint8Array(32).fill(7), { namespace: 'a', name: 'b' })
    await inspectMessage(await new Envelope({ rootKey: key }).encrypt(new Uint8Array(10)))
    const before = compiled
    await inspectMessage(Uint8Array.of(1, 0x80, 0xff, 0xff)).catch(() => {})
    console.log(before, compiled)`
  const args = ['--input-type=module', '-e', program]
  const cwd = new URL('..', import.meta.url)
  assert.equal(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }).trim(), '1 2')
})
