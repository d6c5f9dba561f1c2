import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataKey, Envelope, type RootKey } from 'tsutsumi'
import { branchKeys } from 'tsutsumi/branch'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
import { Objects } from 'tsutsumi/object'
import {
  addSlot,
  migrateSlots,
  openSlots,
  parseSlots,
  removeSlots,
  rewrapSlots,
  type StoredSlot,
  staleSlots,
  wrapSlots,
} from 'tsutsumi/slot'
import { rejectsCode, throwsCode } from './support/failure.js'
import { localKey, randomBytes } from './support/keys.js'

const context = { object: 'a.bin' }

async function slotsUnder(rootKeys: RootKey | RootKey[]): Promise<StoredSlot[]> {
  using dataKey = DataKey.generate()
  return await wrapSlots(dataKey, rootKeys, { context })
}

/** A key service inside the program, and what was sent to it and came back. */
async function service() {
  const embedded = await embeddedKeyProtect()
  const seen: { url: string; sent: string; came: string }[] = []
  const fetch: typeof embedded.fetch = async (url, init) => {
    const reply = await embedded.fetch(url, init)
    const came = await reply.clone().text()
    const body = init?.body
    const sent = body instanceof Uint8Array ? Buffer.from(body).toString() : ''
    seen.push({ url: String(url), sent, came })
    return reply
  }
  return { kms: keyProtect({ ...embedded, fetch }), seen }
}

describe('kept slots', () => {
  it('are made, kept as text, and opened by any of their root keys', async () => {
    const [one, two] = [localKey('one'), localKey('two')]
    const slots = await slotsUnder([one, two])
    assert.deepEqual(await parseSlots(JSON.stringify(slots)), slots)
    for (const key of [one, two]) {
      ;(await openSlots(JSON.stringify(slots), key, { context })).dispose()
    }
    const [slot] = slots
    assert.deepEqual(Object.keys(slot as StoredSlot), [
      'v',
      'provider',
      'rootKey',
      'wrapped',
      'aad',
      'created',
      'fingerprint',
    ])
    assert.match(slot?.created ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  it('of Key Protect name the CRN, the version, and the wrapped key as it came', async () => {
    const { kms } = await service()
    const rootKey = await kms.createRootKey({ name: 'orders' })
    const [slot] = await slotsUnder(rootKey)
    const { crn, version } = await rootKey.describe()
    assert.deepEqual([slot?.provider, slot?.rootKey], ['ibm-key-protect', crn])
    assert.equal(slot?.rootKeyVersion, version)
    assert.match(slot?.wrapped ?? '', /^[A-Za-z0-9+/=]+$/)
    assert.match(slot?.aad[0] ?? '', /^[A-Za-z0-9_-]{64}$/)
  })

  it('are refused where they make no sense', async () => {
    const key = localKey()
    const [slot] = (await slotsUnder(key)) as [StoredSlot]
    const cases: [unknown, string][] = [
      [[], 'ERR_FORMAT_INVALID'],
      [[{ ...slot, v: 2 }], 'ERR_FORMAT_VERSION'],
      [[{ ...slot, more: 1 }], 'ERR_FORMAT_INVALID'],
      [[{ ...slot, wrapped: '' }], 'ERR_FORMAT_INVALID'],
      [[{ ...slot, aad: [] }], 'ERR_FORMAT_INVALID'],
      [[{ ...slot, created: 'today' }], 'ERR_FORMAT_INVALID'],
      [Array(17).fill(slot), 'ERR_LIMIT'],
      ['{', 'ERR_FORMAT_INVALID'],
      [`[${JSON.stringify(slot).replace('{', '{"v":1,')}]`, 'ERR_FORMAT_INVALID'],
      [7, 'ERR_ARGUMENT'],
    ]
    for (const [slots, code] of cases) {
      await rejectsCode(openSlots(slots as string, key, { context }), code)
    }
    await rejectsCode(parseSlots(7 as never), 'ERR_ARGUMENT')
  })

  it('of another key, context, provider or fingerprint are refused', async () => {
    const key = localKey()
    const [one] = (await slotsUnder(key)) as [StoredSlot]
    const [two] = (await slotsUnder(key)) as [StoredSlot]
    const open = (slot: StoredSlot, rootKey: RootKey = key): Promise<DataKey> =>
      openSlots([slot], rootKey, { context })
    await rejectsCode(open(one, localKey('another')), 'ERR_POLICY_KEY')
    await rejectsCode(open({ ...one, provider: 'unknown' }), 'ERR_POLICY_KEY')
    await rejectsCode(openSlots([one], key), 'ERR_POLICY_CONTEXT')
    const swapped = { ...one, rootKey: two.rootKey, wrapped: two.wrapped }
    await rejectsCode(open(swapped), 'ERR_OPEN_FAILED')
    await rejectsCode(open({ ...one, fingerprint: two.fingerprint }), 'ERR_OPEN_FAILED')
    await rejectsCode(openSlots([one, two], key, { context }), 'ERR_FORMAT_INVALID')
    ;(await open(one)).dispose()
  })
})

describe('changing slots', () => {
  it('adds, removes and migrates root keys, and the object stays as it is', async () => {
    const [old, fresh] = [localKey('old'), localKey('fresh')]
    const { body, slots } = await new Objects({ rootKey: old }).seal(randomBytes(9), { context })
    const both = await addSlot(slots, { from: old, to: fresh, context })
    assert.equal(both.length, 2)
    const gone = removeSlots(both, both[0]?.rootKey ?? '')
    const moved = await migrateSlots(slots, { from: old, to: fresh, context })
    for (const kept of [both, gone, moved]) {
      const opened = await new Objects({ rootKey: fresh }).open(body, { slots: kept, context })
      assert.equal(opened.length, 9)
    }
    assert.equal(moved.length, 1)
    const under = new Objects({ rootKey: old }).open(body, { slots: moved, context })
    await rejectsCode(under, 'ERR_POLICY_KEY')
    throwsCode(() => removeSlots(gone, gone[0]?.rootKey ?? ''), 'ERR_ARGUMENT')
    throwsCode(() => removeSlots(gone, 'nobody'), 'ERR_ARGUMENT')
  })

  it('rewraps in the service: no data key is in any request or reply', async () => {
    const { kms, seen } = await service()
    const rootKey = await kms.createRootKey({ name: 'orders' })
    const backup = localKey('backup')
    const objects = new Objects({ rootKeys: [rootKey, backup] })
    const { body, slots } = await objects.seal(randomBytes(9), { context })
    await rootKey.rotate()
    const { crn, version } = await rootKey.describe()
    const current = { rootKey: crn, version }
    assert.deepEqual(staleSlots(slots, current), [slots[0]])
    seen.length = 0
    const renewed = await rewrapSlots(slots, rootKey)
    assert.deepEqual(
      seen.map(({ url }) => url.split('/').at(-1)),
      ['rewrap'],
    )
    assert.ok(seen.every(({ sent, came }) => !`${sent}${came}`.includes('"plaintext"')))
    assert.equal(renewed[0]?.rootKeyVersion, version)
    assert.notEqual(renewed[0]?.wrapped, slots[0]?.wrapped)
    assert.deepEqual(renewed[1], slots[1])
    assert.deepEqual(staleSlots(renewed, current), [])
    const only = new Objects({ rootKey })
    assert.equal((await only.open(body, { slots: renewed, context })).length, 9)
    assert.ok(
      seen.at(-1)?.came.includes('"plaintext"'),
      'the control: an unwrap is seen to carry a key',
    )
    await rejectsCode(rewrapSlots(slots, backup), 'ERR_ARGUMENT')
    const other = await kms.createRootKey({ name: 'other' })
    await rejectsCode(rewrapSlots(slots, other), 'ERR_POLICY_KEY')
  })

  it('changes none inside a message, which says to seal it anew', async () => {
    const { kms } = await service()
    const rootKey = await kms.createRootKey({ name: 'orders' })
    const message = await new Envelope({ rootKey }).encrypt(new Uint8Array(10))
    // The types say so too: were this allowed, the line below would not compile.
    // @ts-expect-error a message is no list of slots
    await assert.rejects(rewrapSlots(message, rootKey), {
      code: 'ERR_ARGUMENT',
      hint: /seal it anew/,
    })
  })

  it('rewraps the branch key in a slot', async () => {
    const { kms } = await service()
    const rootKey = await kms.createRootKey({ name: 'orders' })
    const slots = await slotsUnder(branchKeys(rootKey))
    await rootKey.rotate()
    const renewed = await rewrapSlots(slots, branchKeys(rootKey))
    const { version } = await rootKey.describe()
    assert.equal(renewed[0]?.rootKeyVersion, version)
    ;(await openSlots(renewed, branchKeys(rootKey), { context })).dispose()
  })
})
