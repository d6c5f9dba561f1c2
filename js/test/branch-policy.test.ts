/** One cache of branch keys, shared by readers who allow different things: CVE-2026-6550. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Envelope, type RootKey, type Slot } from 'tsutsumi'
import { type BranchKeys, branchKeys } from 'tsutsumi/branch'
import { rejectsCode } from './support/failure.js'
import { bytesOf, randomBytes } from './support/keys.js'
import { uncommittedMessage } from './support/reference-message.js'
import { SlowKey } from './support/slow-key.js'
import { collect } from './support/streams.js'
import { missing, published, staticRootKey } from './support/vectors.js'

const LAX = { commitment: 'allow-uncommitted', keyDerivation: 'allow-identity' } as const
const STRICT = [{}, { commitment: 'required' }] as const
const context = { tenant: 'acme' }
const plaintext = bytesOf('as much as it takes')

/** A message of version 1, whose data key a branch key wraps. */
async function messageUnder(
  rootKey: RootKey,
  suite: 0x0078 | 0x0178,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = randomBytes(32)
  using dataKey = await staticRootKey('tests', bytes).unwrap({} as Slot)
  const slot = await branchKeys(rootKey).wrap(dataKey, { context })
  return uncommittedMessage(suite, { dataKey: bytes, context, slot, frameLength: 8, plaintext })
}

/** Every way in which a reader opens a message. */
function readings(envelope: Envelope, message: Uint8Array<ArrayBuffer>): Promise<unknown>[] {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(message)
      controller.close()
    },
  })
  return [
    envelope.decrypt(message, { context }),
    collect(stream.pipeThrough(envelope.decryptStream({ context }))),
    envelope.decryptRanges(message, { context }),
    envelope.openTable(message, { context }),
  ]
}

async function refuseAll(
  rootKeys: readonly RootKey[],
  message: Uint8Array<ArrayBuffer>,
): Promise<void> {
  for (const options of STRICT) {
    const all = readings(new Envelope({ rootKeys, ...options }), message)
    await Promise.all(all.map((reading) => rejectsCode(reading, 'ERR_POLICY_SUITE')))
  }
}

async function opens(envelope: Envelope, message: Uint8Array): Promise<void> {
  const opened = await envelope.decrypt(message, { context })
  assert.deepEqual(opened.plaintext, plaintext)
}

/** What would tell of a look-up or of a call. */
const traces = (branch: BranchKeys, rootKey: SlowKey): readonly unknown[] => [
  branch.counters(),
  rootKey.wraps,
  rootKey.unwraps,
]

describe('a cache of branch keys that a lax and a strict reader share', () => {
  for (const suite of [0x0178, 0x0078] as const) {
    it(`opens nothing uncommitted for the strict one: suite ${suite}`, async () => {
      const rootKey = new SlowKey()
      const message = await messageUnder(rootKey, suite)
      const branch = branchKeys(rootKey)
      const lax = new Envelope({ rootKey: branch, ...LAX })
      await opens(lax, message)
      await opens(lax, message)
      const { entries, hits, unwraps } = branch.counters()
      assert.deepEqual([entries, hits, unwraps], [1, 1, 1], 'the cache is warm')

      const before = traces(branch, rootKey)
      await refuseAll([branch], message)
      assert.deepEqual(traces(branch, rootKey), before, 'neither a look-up nor a call')

      // The control: the traces tell of a reader who is let through, and the strict reader opens
      // what is committed, out of the same cache.
      await opens(lax, message)
      assert.notDeepEqual(traces(branch, rootKey), before)
      const strict = new Envelope({ rootKey: branch })
      await opens(strict, await strict.encrypt(plaintext, { context }))
    })
  }

  it('nor a message that another program wrote', { skip: missing }, async (test) => {
    const text = published('esdk/decrypt_oracle_vectors.json').toString()
    const vectors = JSON.parse(text) as {
      readonly 'key-type': string
      readonly 'algorithm-suite': string
      readonly ciphertext: string
      readonly plaintext: string
    }[]
    const vector = vectors.find(
      ({ 'key-type': type, 'algorithm-suite': suite }) => type === 'null' && suite === '0178',
    )
    if (vector === undefined) return test.skip('no published message of suite 0x0178 has a raw key')
    const message = new Uint8Array(Buffer.from(vector.ciphertext, 'base64'))
    const rootKey = new SlowKey()
    const branch = branchKeys(rootKey)
    const raw = staticRootKey('null', new Uint8Array(32))
    let asked = 0
    const counting: RootKey = {
      ...raw,
      unwrap: (slot) => {
        asked += 1
        return raw.unwrap(slot)
      },
    }
    const lax = new Envelope({ rootKeys: [branch, counting], ...LAX })
    const opened = await lax.decrypt(message, { context: 'unchecked' })
    assert.equal(Buffer.from(opened.plaintext).toString('base64'), vector.plaintext)
    assert.equal(asked, 1, 'the control: the lax reader asks, and opens')
    const before = traces(branch, rootKey)
    await refuseAll([branch, counting], message)
    assert.deepEqual(traces(branch, rootKey), before)
    assert.equal(asked, 1)
  })
})
