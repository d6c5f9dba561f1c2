// What has to be refused, by us with the right code, and by the others when the message is ours.
import assert from 'node:assert/strict'

import { CONTEXTS, compare, plaintextOf, rawKey, refused, refusedWith } from './support/cases.mjs'

// Three frames of 128 bytes: small enough to alter every byte of it.
const SAMPLE = { plaintext: plaintextOf(300), context: CONTEXTS['two pairs'] }
const FRAME = 128

const SUITES = { 376: 'uncommitted', 20: 'without key derivation' }

// What a flipped bit shows as, by the part of the header that it is in; elsewhere, by the frame.
const BY_PART = {
  version: /^ERR_FORMAT_(VERSION|INVALID)$/,
  // One bit from here is the suite of signed messages, whose context would hold a public key.
  'algorithm suite': /^ERR_(FORMAT_SUITE|POLICY_SUITE|FORMAT_INVALID)$/,
  'message id': /^ERR_OPEN_FAILED$/,
  'context key': /^ERR_(POLICY_CONTEXT|FORMAT_INVALID)$/,
  'context value': /^ERR_(POLICY_CONTEXT|FORMAT_INVALID)$/,
  'slot provider': /^ERR_(POLICY_KEY|FORMAT_INVALID)$/,
  'slot wrapped key': /^ERR_OPEN_FAILED$/,
  'key commitment': /^ERR_OPEN_FAILED$/,
  'header tag': /^ERR_OPEN_FAILED$/,
}
const ANY = /^ERR_(FORMAT_(TRUNCATED|INVALID|VERSION|SUITE)|POLICY_(CONTEXT|KEY|SUITE))$/
const ANY_OR_OPEN = new RegExp(`${ANY.source}|^ERR_(OPEN_FAILED|LIMIT)$`)

const BITS = [0, 1, 2, 3, 4, 5, 6, 7]

function altered(message, at, bit = 0) {
  const copy = message.slice()
  copy[at] ^= 1 << bit
  return copy
}

function expectation(fields, at) {
  const field = fields.find(({ offset, length }) => at >= offset && at < offset + length)
  return { name: field?.name ?? 'a frame', codes: BY_PART[field?.name] ?? ANY_OR_OPEN }
}

async function oursRefuse(report, peers, writer) {
  const key = rawKey('right')
  const namesake = { ...rawKey('right') }
  const stranger = rawKey('stranger')
  const message = await writer.seal({ ...SAMPLE, keys: [key], frame: FRAME })
  const { context } = SAMPLE
  for (const reader of [peers.sdk, peers.sdkStream, peers.native]) {
    await report.group(`${reader.name} refuses what ${writer.name} wrote`, async (check) => {
      const open = (more) => reader.open({ keys: [key], context, message, ...more })
      await check('control: the sample itself', async () => compare(await open({}), SAMPLE))
      await check('another key of the same name', () =>
        refusedWith('ERR_OPEN_FAILED', open({ keys: [namesake] })),
      )
      await check('a key of another name', () =>
        refusedWith('ERR_POLICY_KEY', open({ keys: [stranger] })),
      )
      for (const wrong of wrongContexts(context)) {
        await check(`context ${JSON.stringify(wrong)}`, () =>
          refusedWith('ERR_POLICY_CONTEXT', open({ context: wrong })),
        )
      }
      for (const [suite, what] of Object.entries(SUITES)) {
        await check(`suite ${what}`, async () => {
          const other = { ...SAMPLE, keys: [key], frame: FRAME, suite: Number(suite) }
          const message = await writer.seal(other)
          // A signed message has a pair more in its context, which is not what this is about.
          await refusedWith('ERR_POLICY_SUITE', open({ message, context: undefined }))
        })
      }
    })
  }
}

function wrongContexts([first, second]) {
  return [[], [first], [first, [second[0], 'other']], [first, second, ['more', '']]]
}

async function everyByte(report, peers, writer) {
  const { inspect } = await import('../../js/dist/index.js')
  const key = rawKey('right')
  const message = await writer.seal({ ...SAMPLE, keys: [key], frame: FRAME })
  const { fields } = inspect(message)
  const { context } = SAMPLE
  for (const reader of [peers.sdk, peers.native]) {
    const name = `${reader.name} refuses what ${writer.name} wrote`
    await report.group(`${name}, any bit flipped`, async (check) => {
      for (const part of Object.keys(BY_PART)) {
        await check(`the header has a ${part}`, () => assert(fields.some((f) => f.name === part)))
      }
      for (let at = 0; at < message.length; at++) {
        const { name: part, codes } = expectation(fields, at)
        await check(`byte ${at}, ${part}`, async () => {
          for (const bit of BITS) {
            const flipped = { keys: [key], context, message: altered(message, at, bit) }
            const said = await refused(reader.open(flipped))
            assert.match(said, codes, `bit ${bit}: ${said}`)
          }
        })
      }
    })
    await report.group(`${name}, cut`, async (check) => {
      for (let length = 0; length < message.length; length++) {
        const cut = { keys: [key], context, message: message.slice(0, length) }
        await check(`${length} bytes`, () => refusedWith('ERR_FORMAT_TRUNCATED', reader.open(cut)))
      }
      const longer = Buffer.concat([message, Buffer.from([0])])
      await check('one byte more', () =>
        refusedWith(
          'ERR_FORMAT_INVALID',
          reader.open({ keys: [key], context, message: new Uint8Array(longer) }),
        ),
      )
    })
  }
}

async function underRootKey(report, peers, { rootKey, other }) {
  for (const writer of [peers.mpl, peers.clientNode]) {
    await report.group(`npm package refuses ${writer.name}, Key Protect`, async (check) => {
      const message = await writer.seal({ ...SAMPLE, keys: [rootKey], frame: FRAME })
      const { context } = SAMPLE
      const open = (more) => peers.sdk.open({ keys: [rootKey], context, message, ...more })
      await check('control: the sample itself', async () => compare(await open({}), SAMPLE))
      // spec: M-16
      await check('another root key', () => refusedWith('ERR_POLICY_KEY', open({ keys: [other] })))
      await check('a context that is not the message’s', () =>
        refusedWith('ERR_POLICY_CONTEXT', open({ context: [] })),
      )
      // The CRN is public: an attacker can write it over a slot that another key wrapped.
      const foreign = await writer.seal({ ...SAMPLE, keys: [other], frame: FRAME })
      const at = Buffer.from(foreign).indexOf(other.crn)
      foreign.set(Buffer.from(rootKey.crn), at)
      await check('a slot of another root key under our name', () =>
        refusedWith('ERR_OPEN_FAILED', open({ message: foreign })),
      )
    })
  }
}

async function theirsRefuse(report, peers, { rootKey, other }) {
  const key = rawKey('right')
  const namesake = rawKey('right')
  const { context } = SAMPLE
  for (const reader of [peers.mpl, peers.legacy, peers.clientNode]) {
    await report.group(`control: ${reader.name} refuses what we altered`, async (check) => {
      const message = await peers.sdk.seal({ ...SAMPLE, keys: [key] })
      const open = (more) => reader.open({ keys: [key], context, message, ...more })
      await check('the sample itself', async () => compare(await open({}), SAMPLE))
      await check('another key', () => refused(open({ keys: [namesake] })))
      for (const at of [5, 40, message.length - 60, message.length - 1]) {
        await check(`byte ${at}`, () => refused(open({ message: altered(message, at) })))
      }
      if (reader.name !== peers.legacy.name) {
        const sealed = await peers.sdk.seal({ ...SAMPLE, keys: [rootKey] })
        await check('another root key', () => refused(open({ keys: [other], message: sealed })))
      }
    })
  }
  await report.group('control: the harness notices', async (check) => {
    const message = await peers.sdk.seal({ ...SAMPLE, keys: [key] })
    const opened = await peers.mpl.open({ keys: [key], context, message })
    await check('another plaintext', () =>
      assert.throws(() => compare(opened, { ...SAMPLE, plaintext: plaintextOf(301) })),
    )
    await check('another context', () =>
      assert.throws(() => compare(opened, { ...SAMPLE, context: [] })),
    )
    const astral = { ...SAMPLE, context: CONTEXTS.astral }
    const byBytes = await peers.sdk.seal({ ...astral, keys: [key] })
    // Were the context sorted by UTF-16 code units, this is how it would look.
    await check('a context in another order', () =>
      refused(peers.clientNode.open({ keys: [key], message: byBytes, utf8Sorting: false })),
    )
  })
}

/** Runs all groups of refusals. */
export async function refusals(report, peers, rootKeys) {
  for (const writer of [peers.mpl, peers.clientNode]) {
    await oursRefuse(report, peers, writer)
    await everyByte(report, peers, writer)
  }
  await underRootKey(report, peers, rootKeys)
  await theirsRefuse(report, peers, rootKeys)
}
