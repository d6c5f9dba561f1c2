// Random cases in both directions, some hundreds for each writer and reader.
import assert from 'node:assert/strict'

import { compare } from './support/cases.mjs'
import { Random, randomCase, SUITES } from './support/random.mjs'

/** Cases for each pair of implementations and each direction. */
export const CASES = 500

const SEED = 20_261_124

// Messages of ours, in frames of the one length that the npm package makes or, natively, of any.
const OURS = { frames: [65_536], suites: [0x0478] }
const NATIVE = { frames: [1, 7, 128, 4096, 65_536], suites: [0x0478], required: true }

// A frame length of nothing stands for a body in one piece.
const PYTHON = { frames: [0, 128, 4096, 65_536], suites: SUITES, required: true }
const NODE = { frames: [1, 7, 128, 4096, 65_536], suites: SUITES, required: false }

async function oneCase({ writer, reader }, { sample, route }) {
  const { frame, suite, keys, opener } = route
  const message = await writer.seal({ ...sample, frame, suite, keys })
  const { context, required } = sample
  // Any one of the keys opens.
  const opened = await reader.open({ keys: [opener], context, required, message, suite })
  compare(opened, sample)
}

// A set of cases that leaves something out proves nothing about it.
function covers(cases, { suites, frames, required }) {
  const all = (value, of) => assert.deepEqual(new Set(cases.map(of)), new Set(value))
  all(suites, ({ route }) => route.suite)
  all(frames, ({ route }) => route.frame)
  all([1, 2, 3], ({ route }) => route.keys.length)
  const some = (what, test) => assert(cases.some(test), `no case ${what}`)
  if (required) some('with pairs left out', ({ sample }) => sample.required.length > 1)
  some('without plaintext', ({ sample }) => sample.plaintext.length === 0)
  some('of whole frames', ({ sample: { plaintext }, route: { frame } }) =>
    frame > 1 ? plaintext.length > 0 && plaintext.length % frame === 0 : frame === 1,
  )
  some('with an astral key', ({ sample }) =>
    sample.context.some(([key]) => /[\u{10000}-]/u.test(key)),
  )
  return true
}

async function direction(report, name, pairs, can) {
  const random = new Random(SEED)
  const made = []
  await report.group(`${name}, ${CASES} random cases`, async (check) => {
    for (let number = 0; number < CASES; number++) {
      const pair = pairs[number % pairs.length]
      const one = randomCase(random, { ...can, ...pair.can })
      made.push(one)
      await check(`case ${number}, ${one.label}`, () => oneCase(pair, one))
    }
    await check('control: the cases have everything in them', () => covers(made, can))
  })
}

/** Runs all of them. */
export async function randomCases(report, { sdk, sdkStream, native, mpl, clientNode }) {
  const ours = [sdk, sdkStream, native]
  const to = (reader) =>
    ours.map((writer) => ({ writer, reader, can: writer === native ? {} : OURS }))
  const from = (writer) => ours.map((reader) => ({ writer, reader }))
  await direction(report, `ours → ${mpl.name}`, to(mpl), NATIVE)
  await direction(report, `${mpl.name} → ours`, from(mpl), PYTHON)
  // client-node has no way to be told of pairs that are not stored.
  await direction(report, `ours → ${clientNode.name}`, to(clientNode), {
    ...NATIVE,
    required: false,
  })
  await direction(report, `${clientNode.name} → ours`, from(clientNode), NODE)
}
