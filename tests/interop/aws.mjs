// Messages under a key of AWS KMS, as moto emulates it: slots exactly as AWS writes them.
import assert from 'node:assert/strict'

import { compare, plaintextOf, refusedWith } from './support/cases.mjs'
import { startAws } from './support/aws.mjs'
import { Random, randomCase, SUITES } from './support/random.mjs'

/** Cases for each pair and direction. */
const CASES = 55

const SEED = 11

async function both(report, { writer, reader }, { can, key }) {
  const random = new Random(SEED)
  await report.group(`${writer.name}, AWS KMS → ${reader.name}`, async (check) => {
    for (let number = 0; number < CASES; number++) {
      const suites = [can.suites[number % can.suites.length]]
      const { label, sample, route } = randomCase(random, { ...can, suites })
      const { frame, suite } = route
      const others = route.keys.slice(1)
      await check(`case ${number}, ${label}`, async () => {
        const keys = number % 2 === 0 ? [key, ...others] : [...others, key]
        const message = await writer.seal({ ...sample, frame, suite, keys })
        compare(await reader.open({ ...sample, keys: [key], message, suite }), sample)
      })
    }
  })
}

async function slots(report, { sdk, mpl }, key) {
  const { inspect } = await import('../../js/dist/index.js')
  await report.group('slots of AWS KMS', async (check) => {
    const sample = { plaintext: plaintextOf(20), context: [['a', '1']], required: [['b', '2']] }
    const frame = 4096
    for (const writer of [sdk, mpl]) {
      await check(`${writer.name} names the provider and the key's ARN`, async () => {
        const message = await writer.seal({ ...sample, frame, keys: [key] })
        const [{ provider, info, ciphertext }] = inspect(message).slots
        assert.equal(provider, 'aws-kms')
        assert.equal(new TextDecoder().decode(info), key.arn)
        assert(ciphertext.length > 32)
        // What the service was told to bind are all pairs, stored or not.
        const open = { keys: [key], message, context: sample.context }
        await refusedWith('ERR_OPEN_FAILED', sdk.open(open))
        compare(await sdk.open({ ...open, required: sample.required }), sample)
      })
    }
  })
}

/** Runs all of them. */
export async function awsKms(report, { sdk, sdkStream, mpl, clientNode }) {
  const aws = await startAws()
  try {
    const key = await aws.key()
    const ours = { frames: [65_536], suites: [0x0478] }
    const theirs = { frames: [128, 4096], suites: SUITES }
    await slots(report, { sdk, mpl }, key)
    for (const [peer, required] of [
      [mpl, true],
      [clientNode, false],
    ]) {
      for (const own of [sdk, sdkStream]) {
        await both(report, { writer: own, reader: peer }, { can: { ...ours, required }, key })
        await both(report, { writer: peer, reader: own }, { can: { ...theirs, required }, key })
      }
    }
  } finally {
    await aws.stop()
  }
}
