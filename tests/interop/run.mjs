// Interoperability: messages of ours opened by the official AWS Encryption SDKs for Python and for
// Node.js, and messages of theirs by ours, under wrapping keys and under a root key of our service;
// tables of keys and their records, to and from Tink.
import assert from 'node:assert/strict'

import { Report } from '../support/report.mjs'
import { compare, FRAMES, matrix, plaintextOf, rawKey } from './support/cases.mjs'
import { setUp } from './support/setup.mjs'

const report = new Report()

const CHECKS_MIN = 11040

// Under two root keys every one of them has to open the message alone.
async function roundTrip({ writer, reader, keys, frame }, sample) {
  const message = await writer.seal({ ...sample, keys, frame })
  for (const key of keys) {
    compare(await reader.open({ keys: [key], context: sample.context, message }), sample)
  }
}

async function everySample(check, route) {
  const { keys, frame } = route
  const slots = keys.length === 1 ? 'one slot' : `${keys.length} slots`
  for (const sample of matrix()) {
    const label = `${sample.label}, ${slots}${frame === undefined ? '' : `, frames of ${frame}`}`
    await check(label, () => roundTrip(route, sample))
  }
}

async function ours(peers, rootKey) {
  const [a, b] = [rawKey('first'), rawKey('second')]
  const writers = [peers.sdk, peers.sdkStream, peers.native]
  for (const writer of writers) {
    for (const reader of [peers.mpl, peers.legacy, peers.clientNode]) {
      await report.group(`${writer.name} → ${reader.name}`, async (check) => {
        await everySample(check, { writer, reader, keys: [a] })
        await everySample(check, { writer, reader, keys: [a, b] })
      })
    }
  }
  for (const reader of [peers.mpl, peers.clientNode]) {
    const writer = peers.sdk
    await report.group(`${writer.name}, Key Protect → ${reader.name}`, async (check) => {
      await everySample(check, { writer, reader, keys: [rootKey] })
      await everySample(check, { writer, reader, keys: [rootKey, a] })
      await everySample(check, { writer, reader, keys: [b, rootKey] })
    })
  }
}

// Python ends a message whose length is a multiple of the frame's with a frame of nothing, which we
// do not write but have to read: the samples must have it in them.
async function emptyFrames(peers) {
  await report.group('control: Python writes final frames of nothing', async (check) => {
    const keys = [rawKey('first')]
    for (const writer of [peers.mpl, peers.legacy]) {
      for (const frame of FRAMES) {
        await check(`${writer.name}, frames of ${frame}`, async () => {
          const sample = { plaintext: plaintextOf(65_536), context: [] }
          const message = Buffer.from(await writer.seal({ ...sample, keys, frame }))
          const last = message.subarray(-40)
          assert.equal(last.readUInt32BE(0), 0xffff_ffff, 'no final frame')
          assert.equal(last.readUInt32BE(20), 0, 'its length')
        })
      }
    }
  })
}

async function theirs(peers, rootKey) {
  const [a, b] = [rawKey('first'), rawKey('second')]
  const readers = [peers.sdk, peers.sdkStream]
  for (const writer of [peers.mpl, peers.legacy, peers.clientNode]) {
    for (const reader of [...readers, peers.native]) {
      await report.group(`${writer.name} → ${reader.name}`, async (check) => {
        for (const frame of FRAMES) {
          await everySample(check, { writer, reader, keys: [a], frame })
          await everySample(check, { writer, reader, keys: [a, b], frame })
        }
      })
    }
  }
  for (const writer of [peers.mpl, peers.clientNode]) {
    for (const reader of readers) {
      await report.group(`${writer.name}, Key Protect → ${reader.name}`, async (check) => {
        await everySample(check, { writer, reader, keys: [rootKey], frame: 4096 })
        await everySample(check, { writer, reader, keys: [rootKey, a], frame: 65_536 })
      })
    }
  }
}

async function main() {
  setUp()
  // Only now: these modules import what the set-up makes.
  const { clientNode } = await import('./client-node.mjs')
  const { sdk, sdkStream } = await import('./sdk.mjs')
  const { startPrograms } = await import('./support/programs.mjs')
  const { startService } = await import('./support/service.mjs')
  const { awsKms } = await import('./aws.mjs')
  const { randomCases } = await import('./random.mjs')
  const { refusals } = await import('./refusals.mjs')
  const { objects } = await import('./objects.mjs')
  const { tables } = await import('./tables.mjs')
  const { foreign } = await import('./foreign.mjs')
  const { close, ...programs } = startPrograms()
  const peers = { ...programs, clientNode, sdk, sdkStream }
  try {
    await tables(report)
    await objects(report)
    await foreign(report)
    const service = await startService()
    try {
      const rootKey = await service.rootKey('interop')
      await ours(peers, rootKey)
      await emptyFrames(peers)
      await theirs(peers, rootKey)
      await randomCases(report, peers)
      await awsKms(report, peers)
      await refusals(report, peers, { rootKey, other: await service.rootKey('other') })
    } finally {
      await service.stop()
    }
  } finally {
    await close()
  }
}

try {
  await main()
} catch (error) {
  await report.group('the run itself', () => {
    throw error
  })
}
report.close('interop', CHECKS_MIN)
