// The benchmark of the root-key service: wrap and unwrap a second on one core and their latencies,
// in memory, on SQLite and on PostgreSQL, beside OpenBao's Transit engine and moto's KMS server, in
// one run. With --curve, instead: how calls change as keys get more. Asserts nothing about time.
//
//   node tests/bench/service.mjs [--seconds N]
//   node tests/bench/service.mjs --curve [--seconds N] [--keys N]
//
// Each server runs on core 0, this program on core 1 together with PostgreSQL; where there is one
// core, or no `taskset`, all share what there is, and the first line says so. A request is sent as
// soon as the one before it on the same connection is answered. Every answer is checked.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { baoCalls, motoCalls, ourCalls } from './service/calls.mjs'
import { drive, percentile } from './service/load.mjs'
import * as servers from './service/servers.mjs'

const { values } = parseArgs({
  options: {
    curve: { type: 'boolean', default: false },
    keys: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '4' },
  },
})
const seconds = Number(values.seconds)
const CONNECTIONS = [1, 32, 64]
const WIDTH = 14

const round = (value) => (value < 100 ? value.toFixed(2) : value.toFixed(0))

function row(first, cells) {
  console.log(first.padEnd(28) + cells.map((cell) => `${cell}`.padStart(WIDTH)).join(''))
}

async function measure(call, connections) {
  await drive(call, { connections, seconds: Math.min(1, seconds) })
  const latencies = await drive(call, { connections, seconds })
  return {
    rate: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}

/** Starts a server, measures it and stops it: only one runs at a time. */
async function during(start, use) {
  const server = await start()
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

async function pairs(calls) {
  const rows = []
  for (const connections of CONNECTIONS) {
    rows.push({ connections, ...(await measure(calls.pair, connections)) })
  }
  calls.close()
  return rows
}

/** Our service on a PostgreSQL server of its own. */
async function onPostgres(use) {
  return during(servers.startPostgres, (postgres) =>
    during(() => servers.startService(apart, postgres.url), use),
  )
}

/** wrap and unwrap in turn, against each server; the ratio is to ours on SQLite. */
async function compare() {
  const ours = async (server) => pairs(await ourCalls(server.ready))
  const bao = async ({ server }) => pairs(await baoCalls(server))
  const all = {
    'ours, SQLite': () => during(() => servers.startService(apart), ours),
    'ours, PostgreSQL': () => onPostgres(ours),
    'ours, memory': () => during(() => servers.startService(apart, 'memory:'), ours),
    'OpenBao, Raft + audit log': () => during(() => servers.startBao(apart, true), bao),
    'OpenBao, memory, no audit': () => during(() => servers.startBao(apart, false), bao),
    moto: () =>
      during(() => servers.startMoto(apart), async ({ url }) => pairs(await motoCalls(url))),
  }
  console.log('\nwrap and unwrap in turn (encrypt and decrypt for the others)')
  row('server', ['connections', 'requests/s', 'p50 ms', 'p99 ms', 'ours : this'])
  const figures = {}
  for (const [name, run] of Object.entries(all)) {
    figures[name] = await run()
    figures[name].forEach(({ connections, rate, p50, p99 }, index) => {
      const ratio = Object.values(figures)[0][index].rate / rate
      row(name, [connections, round(rate), round(p50), round(p99), `${round(ratio)} x`])
    })
  }
  return figures
}

/** Each kind of call while the number of keys grows. */
async function grow(name, server) {
  const kinds = ['wrap', 'unwrap', 'get', 'list', 'count', 'create']
  console.log(`\n${name}: requests/s (p99 ms) on 8 connections while keys get more`)
  row('keys', kinds)
  const calls = await ourCalls(server.ready)
  const figures = []
  for (let keys = 100; keys <= Number(values.keys); keys *= 10) {
    const missing = keys - (await calls.total())
    // Filling it takes longer than the service lets a connection rest
    calls.close()
    if (missing > 0) servers.populate(server, missing)
    const total = await calls.total()
    if (total < keys) throw new Error(`there are ${total} keys, not ${keys}`)
    const measured = {}
    for (const kind of kinds) measured[kind] = await measure(calls[kind], 8)
    const cells = Object.values(measured).map(({ rate, p99 }) => `${round(rate)} (${round(p99)})`)
    row(`${keys}`, cells)
    figures.push({ keys, ...measured })
  }
  calls.close()
  return figures
}

async function curve() {
  return {
    SQLite: await during(
      () => servers.startService(apart),
      (server) => grow('ours, SQLite', server),
    ),
    PostgreSQL: await onPostgres((server) => grow('ours, PostgreSQL', server)),
  }
}

const apart = availableParallelism() > 1 && servers.hasTaskset()
console.log(
  apart
    ? 'servers on core 0; this program, and PostgreSQL, on core 1'
    : 'all programs share the cores: figures are of the whole machine',
)
if (apart) servers.pinSelf()
const figures = values.curve ? await curve() : await compare()
const folder = join(servers.target, 'bench')
mkdirSync(folder, { recursive: true })
const file = join(folder, values.curve ? 'service-curve.json' : 'service.json')
writeFileSync(file, `${JSON.stringify({ seconds, apart, figures }, undefined, 2)}\n`)
console.log(`\nwritten to ${file}`)
