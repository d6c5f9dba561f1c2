import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataKey, Envelope, inspect, type RootKey, type Slot, type WrapOptions } from 'tsutsumi'
import { type BranchKeysOptions, branchKeys } from 'tsutsumi/branch'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
import { makeBranchKeys } from '../dist/branch/keys.js'
import { loadFormats } from '../dist/wasm/formats.js'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, localKey } from './support/keys.js'
import { ManualClock, settle } from './support/manual-clock.js'
import { SlowKey } from './support/slow-key.js'

const plaintext = bytesOf('as much as it takes')

/** A key service inside the program, which counts what it is asked. */
async function service(): Promise<{ rootKey: RootKey; calls: (action: string) => number }> {
  const embedded = await embeddedKeyProtect()
  const urls: string[] = []
  const fetch: typeof embedded.fetch = (url, init) => {
    urls.push(String(url))
    return embedded.fetch(url, init)
  }
  const rootKey = await keyProtect({ ...embedded, fetch }).createRootKey({ name: 'orders' })
  return { rootKey, calls: (action) => urls.filter((url) => url.endsWith(`/${action}`)).length }
}

function envelopeUnder(rootKey: RootKey, options?: BranchKeysOptions): Envelope {
  return new Envelope({ rootKey: branchKeys(rootKey, options) })
}

/** Slots of as many data keys. */
async function slotsOf(branch: RootKey, count: number): Promise<Slot[]> {
  const slots: Slot[] = []
  for (let i = 0; i < count; i++) {
    using dataKey = DataKey.generate()
    slots.push(await branch.wrap(dataKey))
  }
  return slots
}

async function openAll(branch: RootKey, slots: readonly Slot[]): Promise<void> {
  for (const slot of slots) (await branch.unwrap(slot)).dispose()
}

describe('branch keys and the key service', () => {
  it('makes one unwrap call for 3,000 cold messages opened at once', async () => {
    const { rootKey, calls } = await service()
    const writer = envelopeUnder(rootKey)
    const messages = await Promise.all(
      Array.from({ length: 3_000 }, (_, i) =>
        writer.encrypt(plaintext, { context: { row: `${i}` } }),
      ),
    )
    assert.equal(calls('wrap'), 1)
    assert.equal(calls('unwrap'), 0)
    const reader = envelopeUnder(rootKey)
    const opened = await Promise.all(
      messages.map((message, i) => reader.decrypt(message, { context: { row: `${i}` } })),
    )
    assert.ok(opened.every((each) => Buffer.compare(each.plaintext, plaintext) === 0))
    assert.equal(calls('unwrap'), 1)

    // The control: without branch keys every message is a call.
    const plain = new Envelope({ rootKey })
    await Promise.all([1, 2, 3].map(() => plain.encrypt(plaintext)))
    assert.equal(calls('wrap'), 4)
  })

  it('opens what it sealed without any call', async () => {
    const { rootKey, calls } = await service()
    const envelope = envelopeUnder(rootKey)
    const message = await envelope.encrypt(plaintext)
    assert.deepEqual((await envelope.decrypt(message)).plaintext, plaintext)
    assert.equal(calls('unwrap'), 0)
    const [slot] = inspect(message).slots
    assert.equal(slot?.provider, 'tsutsumi-branch')
    assert.match(Buffer.from(slot?.info ?? []).toString(), /^crn:v1:/)
  })

  it('has the service wrap the branch key in a slot anew', async () => {
    const { rootKey, calls } = await service()
    const branch = branchKeys(rootKey)
    using dataKey = DataKey.generate()
    const slot = await branch.wrap(dataKey, { context: { a: 'b' } })
    const rewrapped = await branch.rewrap(slot)
    assert.equal(calls('rewrap'), 1)
    assert.notDeepEqual(rewrapped.ciphertext, slot.ciphertext)
    ;(await branchKeys(rootKey).unwrap(rewrapped, { context: { a: 'b' } })).dispose()
    await throwsNothingElse(branchKeys(localKey()).rewrap(slot))
  })
})

async function throwsNothingElse(work: Promise<unknown>): Promise<void> {
  await rejectsCode(work, 'ERR_ARGUMENT')
}

describe('what a branch key is bound to', () => {
  it('keeps partitions apart, also from each other’s messages', async () => {
    const rootKey = new SlowKey()
    const partition = (context: { readonly [key: string]: string }): string =>
      context['tenant'] ?? ''
    const envelope = envelopeUnder(rootKey, { partition })
    for (const tenant of ['acme', 'acme', 'umbrella']) {
      const context = { tenant }
      await envelope.decrypt(await envelope.encrypt(plaintext, { context }), { context })
    }
    assert.equal(rootKey.wraps, 2)
    const [slot] = await slotsOf(branchKeys(rootKey, { partition: 'acme' }), 1)
    const other = branchKeys(rootKey, { partition: 'umbrella' })
    await rejectsCode(other.unwrap(slot as Slot), 'ERR_OPEN_FAILED')
  })

  it('refuses other contexts, altered slots and slots of others', async () => {
    const branch = branchKeys(localKey())
    using dataKey = DataKey.generate()
    const context = { a: 'b' }
    const slot = await branch.wrap(dataKey, { context })
    await rejectsCode(branch.unwrap(slot), 'ERR_OPEN_FAILED')
    const altered = slot.ciphertext.slice()
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1
    await rejectsCode(
      branch.unwrap({ ...slot, ciphertext: altered }, { context }),
      'ERR_OPEN_FAILED',
    )
    const cut = { ...slot, ciphertext: slot.ciphertext.subarray(1) }
    await rejectsCode(branch.unwrap(cut, { context }), 'ERR_FORMAT_INVALID')
    await rejectsCode(branch.unwrap({ ...slot, provider: 'other' }), 'ERR_POLICY_KEY')
    await rejectsCode(branchKeys(localKey('other')).unwrap(slot, { context }), 'ERR_POLICY_KEY')
    ;(await branch.unwrap(slot, { context })).dispose()
  })

  it('never hands a branch key on to another suite or policy', async () => {
    const rootKey = new SlowKey()
    const branch = branchKeys(rootKey)
    const [slot] = await slotsOf(branchKeys(rootKey), 1)
    const open = async (options: WrapOptions): Promise<void> =>
      (await branch.unwrap(slot as Slot, options)).dispose()
    const lax = { suite: 0x0178, commitment: 'allow-uncommitted' }
    const strict = { suite: 0x0478, commitment: 'required' }
    for (const options of [lax, lax, strict, strict, { ...strict, suite: 0x0578 }, {}]) {
      await open(options)
    }
    assert.equal(rootKey.unwraps, 4)
  })
})

describe('limits of branch keys', () => {
  it('counts messages', async () => {
    const rootKey = new SlowKey()
    const branch = branchKeys(rootKey, { maxMessages: 10 })
    await slotsOf(branch, 25)
    assert.equal(rootKey.wraps, 3)
    using dataKey = DataKey.generate()
    await Promise.all(Array.from({ length: 100 }, () => branch.wrap(dataKey)))
    assert.equal(rootKey.wraps, 13, 'all at once too')
  })

  it('counts bytes, and takes a stream for all that is left', async () => {
    const rootKey = new SlowKey()
    const branch = branchKeys(rootKey, { maxBytes: 100 })
    using dataKey = DataKey.generate()
    for (const plaintextBytes of [60, 40, 1, 99, 500, 1]) {
      await branch.wrap(dataKey, { plaintextBytes })
    }
    assert.equal(rootKey.wraps, 4)
    await branch.wrap(dataKey)
    await branch.wrap(dataKey)
    assert.equal(rootKey.wraps, 6)
  })

  it('wipes by age, even when nobody asks', async () => {
    const clock = new ManualClock()
    const rootKey = new SlowKey()
    const branch = makeBranchKeys(rootKey, { lifetime_ms: 1_000 }, clock)
    const slots = await slotsOf(branch, 2)
    await clock.advance(999)
    await openAll(branch, slots)
    assert.equal(branch.counters().entries, 1)
    await clock.advance(1)
    assert.deepEqual(
      [branch.counters().entries, branch.counters().expirations, clock.pending],
      [0, 1, 0],
    )
    await openAll(branch, slots)
    assert.equal(rootKey.unwraps, 1)
    await slotsOf(branch, 1)
    assert.equal(rootKey.wraps, 2)
  })

  it('wipes the least recently used to make room, and all when disposed of', async () => {
    const rootKey = new SlowKey()
    const branch = branchKeys(rootKey, { maxEntries: 2 })
    const cold = await Promise.all([1, 2, 3].map(() => slotsOf(branchKeys(rootKey), 1)))
    const [one, two, three] = cold.map(([slot]) => slot as Slot)
    await openAll(branch, [one, two, one, three, one, two] as Slot[])
    assert.equal(rootKey.unwraps, 4)
    const { entries, hits, evictions } = branch.counters()
    assert.deepEqual({ entries, hits, evictions }, { entries: 2, hits: 2, evictions: 2 })
    branch.dispose()
    assert.equal(branch.counters().entries, 0)
  })

  it('refuses options that are unknown or wrong', () => {
    const rootKey = localKey()
    const wrong: unknown[] = [
      { lifetime: 1 },
      { lifetime_ms: 0 },
      { maxMessages: 2 ** 33 },
      { maxBytes: -1 },
      { maxEntries: 1.5 },
      { partition: 7 },
      { partition: '\ud800' },
      7,
    ]
    for (const options of wrong) {
      throwsCode(() => branchKeys(rootKey, options as BranchKeysOptions), 'ERR_ARGUMENT')
    }
    throwsCode(() => branchKeys('orders' as unknown as RootKey), 'ERR_ARGUMENT')
  })
})

describe('many at once', () => {
  it('lets one give up without ending the wait of the others', async () => {
    const rootKey = new SlowKey()
    const [slot] = await slotsOf(branchKeys(rootKey), 1)
    const branch = branchKeys(rootKey)
    rootKey.close()
    const abort = new AbortController()
    const reason = new Error('enough')
    const first = branch.unwrap(slot as Slot, { signal: abort.signal })
    const others = [1, 2].map(() => branch.unwrap(slot as Slot))
    await settle()
    assert.equal(branch.counters().inFlight, 1)
    abort.abort(reason)
    await assert.rejects(first, reason)
    rootKey.open()
    for (const dataKey of await Promise.all(others)) dataKey.dispose()
    assert.deepEqual([rootKey.unwraps, branch.counters().joins], [1, 2])
  })

  it('ends the call when nobody waits any more, and keeps nothing of it', async () => {
    const rootKey = new SlowKey()
    const [slot] = await slotsOf(branchKeys(rootKey), 1)
    const branch = branchKeys(rootKey)
    rootKey.close()
    const abort = new AbortController()
    const only = branch.unwrap(slot as Slot, { signal: abort.signal })
    await settle()
    abort.abort()
    await assert.rejects(only, { name: 'AbortError' })
    assert.equal(rootKey.seen.at(-1)?.signal?.aborted, true)
    rootKey.open()
    await settle()
    assert.deepEqual([branch.counters().entries, branch.counters().inFlight], [0, 0])
    await openAll(branch, [slot as Slot])
    assert.equal(rootKey.unwraps, 2)
  })

  it('does not remember failures', async () => {
    const rootKey = new SlowKey()
    const [slot] = await slotsOf(branchKeys(rootKey), 1)
    const branch = branchKeys(rootKey)
    rootKey.failing = true
    const failed = await Promise.allSettled([1, 2, 3].map(() => branch.unwrap(slot as Slot)))
    assert.ok(failed.every(({ status }) => status === 'rejected'))
    rootKey.failing = false
    await openAll(branch, [slot as Slot])
    assert.deepEqual([rootKey.unwraps, branch.counters().failures], [2, 1])
  })

  it('opens for all who waited, even where there is room for one alone', async () => {
    const rootKey = new SlowKey()
    const cold = await Promise.all(
      Array.from({ length: 50 }, () => slotsOf(branchKeys(rootKey), 1)),
    )
    const branch = branchKeys(rootKey, { maxEntries: 1 })
    const slots = [...cold, ...cold].map(([slot]) => slot as Slot)
    const opened = await Promise.all(slots.map((slot) => branch.unwrap(slot)))
    for (const dataKey of opened) dataKey.dispose()
    assert.equal(rootKey.unwraps, 50)
    assert.equal(branch.counters().entries, 1)
  })
})

describe('a module that was replaced', () => {
  it('makes branch keys come anew', async () => {
    const rootKey = localKey()
    const branch = branchKeys(rootKey)
    await slotsOf(branch, 1)
    const formats = await loadFormats()
    const trap = (): unknown => formats.enter(() => Reflect.apply(null as never, undefined, []))
    throwsCode(trap, 'ERR_INTERNAL')
    // The root key lives in the other module, which is as it was.
    await slotsOf(branch, 1)
    assert.equal(branch.counters().wraps, 2)
    assert.equal(branch.counters().failures, 0)
  })
})
