// Encrypted buckets: every operation through every client over every store, and every fault.
//
//   node tests/bucket/run.mjs [--long] [GROUP…]
//
// `--long` has the campaign go over 10,000 objects instead of 200.
import { EncryptedBucket } from '../../js/dist/bucket.js'
import { keyProtect } from '../../js/dist/key-protect.js'
import { embeddedKeyProtect } from '../../js/dist/local.js'
import { Report } from '../support/report.mjs'
import { faults } from './faults.mjs'
import { operations } from './operations.mjs'
import { counted, rewrapping } from './rewrap.mjs'
import { bucketName, PART } from './support/cases.mjs'
import { awsSdk, binding, cosSdk, signedFetch } from './support/clients.mjs'
import { counting } from './support/counting.mjs'
import { FaultProxy } from './support/proxy.mjs'
import { moto, r2Server, s3s } from './support/servers.mjs'

const CHECKS_MIN = 660

const report = new Report()
const args = process.argv.slice(2)
const wanted = args.filter((arg) => arg !== '--long')
const OBJECTS = args.includes('--long') ? 10_000 : 200
const embedded = await embeddedKeyProtect()
const kms = keyProtect({ ...embedded })
const rootKeys = []
for (let i = 0; i < 4; i++) rootKeys.push(await kms.createRootKey({ name: `bucket ${i}` }))
const [rootKey] = rootKeys

async function group(title, body) {
  if (wanted.length > 0 && !wanted.some((word) => title.includes(word))) return
  await report.group(title, body)
}

async function conformance(server, { name: client, store: clientStore }, name, copiesThrough) {
  await group(`${client} over ${server.name}`, async (check) => {
    const { counts, store } = counting(clientStore)
    const bucket = await EncryptedBucket.create({ store, name, rootKey, partLen: PART })
    const inner = clientStore.bucket(name)
    await operations(check, {
      bucket,
      cannot: server.cannot,
      leftovers: server.leftovers ?? (inner.uploads && (() => inner.uploads('', {}))),
      name,
      store: inner,
      clientStore,
      rootKeys,
      copiesThrough,
      calls: () => counts.calls,
      fetched: () => counts.fetched,
    })
  })
}

async function misfortune(server, make) {
  const proxy = await FaultProxy.start(server.url)
  const { name: client, store } = make(proxy.url)
  await group(`faults: ${client} over ${server.name}`, async (check) => {
    const name = bucketName()
    // A service of its own: its faults are not to meet the other groups.
    const own = await embeddedKeyProtect()
    const service = keyProtect({ ...own })
    const key = await service.createRootKey({ name: 'faults' })
    const bucket = await EncryptedBucket.create({ store, name, rootKey: key, partLen: PART })
    const inner = make(server.url).store.bucket(name)
    const home = { bucket, inner, store, proxy, name, embedded: own, kms: service, rootKey: key }
    await faults(check, home)
  })
  await proxy.stop()
}

async function campaign(server, make) {
  const { name: client, store: clientStore } = make(server.url)
  await group(`rewrap: ${client} over ${server.name}`, async (check) => {
    const made = await kms.createRootKey({ name: 'rewrap' })
    const { calls, key } = counted(made)
    const { counts, store } = counting(clientStore)
    const bucket = await EncryptedBucket.create({ store, name: bucketName(), rootKey: key })
    const fetched = () => counts.fetched
    await rewrapping(check, { bucket, rootKey: made, calls, count: OBJECTS, fetched })
  })
}

async function overS3(start) {
  const server = await start()
  try {
    for (const make of [awsSdk, cosSdk, signedFetch]) {
      await conformance(server, make(server.url), bucketName(), false)
    }
    if (server.name !== 'moto') return
    for (const make of [awsSdk, signedFetch]) await misfortune(server, make)
    await campaign(server, signedFetch)
  } finally {
    await server.stop()
  }
}

async function overR2() {
  const server = await r2Server()
  try {
    const name = bucketName()
    await conformance(server, binding(await server.bucket(name)), name, true)
  } finally {
    await server.stop()
  }
}

const runs = await Promise.allSettled([overS3(moto), overS3(s3s), overR2()])
for (const { reason } of runs.filter(({ status }) => status === 'rejected')) {
  await report.group('the run itself', () => {
    throw reason
  })
}
report.close(wanted.length === 0 ? 'buckets' : undefined, wanted.length === 0 ? CHECKS_MIN : 1)
