/** Parsers written in TypeScript under inputs that are altered at random, from a seed. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Envelope, isTsutsumiError } from 'tsutsumi'
import {
  explain,
  openJwe,
  openS3Object,
  openTinkEnvelope,
  sealJwe,
  sealTinkEnvelope,
  sharedKey,
} from 'tsutsumi/interop'
import { bytesOf, localKey, randomBytes } from './support/keys.js'

const RUNS = 3000
const SEED = 20_261_124

/** Numbers that only look random: xorshift, the same every time. */
function chance(seed: number): (below: number) => number {
  let state = seed | 1
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Bytes with a few things done to them: flipped, cut, doubled, overwritten. */
function mutate(bytes: Uint8Array, next: (below: number) => number): Uint8Array<ArrayBuffer> {
  let out: number[] = Array.from(bytes)
  for (let times = 1 + next(4); times > 0 && out.length > 0; times--) {
    const at = next(out.length)
    const kind = next(5)
    if (kind === 0) out[at] = (out[at] ?? 0) ^ (1 << next(8))
    else if (kind === 1) out = out.slice(0, at)
    else if (kind === 2) out.splice(at, 0, ...out.slice(at, at + 1 + next(20)))
    else if (kind === 3) out.splice(at, 1 + next(10))
    else out[at] = [0, 0x7f, 0x80, 0xff, 0x22, 0x7b, 0x2e][next(7)] ?? 0
  }
  return Uint8Array.from(out)
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Counts how the runs ended; anything but an error with a code fails the test. */
async function survive(
  inputs: readonly Uint8Array[],
  work: (input: Uint8Array<ArrayBuffer>) => unknown,
): Promise<Map<string, number>> {
  const next = chance(SEED)
  const ends = new Map<string, number>()
  for (let run = 0; run < RUNS; run++) {
    const input = mutate(inputs[next(inputs.length)] ?? new Uint8Array(0), next)
    let end = 'ok'
    try {
      await work(input)
    } catch (error) {
      if (!isTsutsumiError(error)) throw new Error(`run ${run}`, { cause: error })
      assert.notEqual(error.code, 'ERR_INTERNAL', `run ${run}`)
      end = error.code
    }
    ends.set(end, (ends.get(end) ?? 0) + 1)
  }
  return ends
}

const shown = (ends: Map<string, number>): string => JSON.stringify(Object.fromEntries(ends))

test('JWE', async (t) => {
  const key = await sharedKey(randomBytes(32))
  const options = { key, algorithm: 'A256GCMKW' } as const
  const compact = await sealJwe(bytesOf('x'), options)
  const general = await sealJwe(bytesOf('x'), { ...options, form: 'general' })
  const header = compact.split('.')[0] ?? ''
  const inputs = [compact, general, `${header}.....`, '{"protected":"","recipients":[{}]}']
  const ends = await survive(inputs.map(bytesOf), (input) => openJwe(text(input), options))
  t.diagnostic(shown(ends))
  assert((ends.get('ERR_OPEN_FAILED') ?? 0) > 30 && (ends.get('ERR_FORMAT_INVALID') ?? 0) > 100)
})

test('envelopes of Tink', async (t) => {
  const rootKey = localKey()
  const envelope = await sealTinkEnvelope(bytesOf('x'), { rootKey })
  const ends = await survive([envelope], async (input) => {
    await openTinkEnvelope(input, { rootKey })
    // A byte may have been overwritten with itself.
    assert.deepEqual(input, envelope)
  })
  t.diagnostic(shown(ends))
  assert((ends.get('ERR_OPEN_FAILED') ?? 0) > 100)
})

test('metadata of the S3 Encryption Client', async (t) => {
  const key = await sharedKey(randomBytes(32))
  const v2 = {
    'x-amz-key-v2': Buffer.from(randomBytes(60)).toString('base64'),
    'x-amz-iv': 'AAAAAAAAAAAAAAAA',
    'x-amz-wrap-alg': 'AES/GCM',
    'x-amz-cek-alg': 'AES/GCM/NoPadding',
    'x-amz-tag-len': '128',
    'x-amz-matdesc': '{"a":"b"}',
  }
  const v3 = { 'x-amz-c': '115', 'x-amz-w': '12', 'x-amz-3': 'AAAA', 'x-amz-t': '{}' }
  const inputs = [v2, v3].map((metadata) => bytesOf(JSON.stringify(metadata)))
  let parsed = 0
  const ends = await survive(inputs, async (input) => {
    let metadata: Record<string, string>
    try {
      metadata = JSON.parse(text(input)) as Record<string, string>
    } catch {
      return
    }
    parsed += 1
    await openS3Object(randomBytes(40), metadata, { key })
  })
  t.diagnostic(`${parsed} parsed, ${shown(ends)}`)
  assert(parsed > 300)
})

test('explanations end with a stop that is within what was given', async (t) => {
  const envelope = new Envelope({ rootKey: localKey() })
  const key = await sharedKey(randomBytes(32))
  const inputs = [
    await envelope.encrypt(randomBytes(50), { context: { tenant: 'acme' } }),
    await sealTinkEnvelope(bytesOf('x'), { key }),
    bytesOf(await sealJwe(bytesOf('x'), { key, algorithm: 'dir' })),
    bytesOf('{"v":1,"provider":"p","rootKey":"r","wrapped":"w"}'),
    bytesOf('{"primaryKeyId":1,"key":[{"keyId":1,"status":"ENABLED"}]}'),
  ]
  let stopped = 0
  const ends = await survive(inputs, (input) => {
    const { stop } = explain(input)
    if (stop === undefined) return
    stopped += 1
    assert(stop.offset >= 0 && stop.offset <= Math.max(input.length, text(input).length) + 1)
  })
  t.diagnostic(`${stopped} stopped, ${shown(ends)}`)
  assert(stopped > 100)
})

test('control: an error without a code is noticed', async () => {
  const inputs = [bytesOf('x')]
  await assert.rejects(survive(inputs, () => Promise.reject(new TypeError('planted'))))
})
