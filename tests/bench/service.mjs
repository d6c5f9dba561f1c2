// The benchmark of the root-key service: requests a second on one core and latencies, on SQLite
// and on PostgreSQL, beside moto's KMS server, in one run; then how they change as keys get more.
// Asserts nothing about time.
//
//   node tests/bench/service.mjs [--seconds N] [--keys N]
//
// Each server runs on core 0, this program on core 1 together with PostgreSQL; where there is one
// core, or no `taskset`, all share what there is, and the first line says so. A request is sent as
// soon as the one before it on the same connection is answered. Every answer is checked.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

import { drive, percentile } from './service/load.mjs'
import { motoCalls, ourCalls } from './service/calls.mjs'
import { hasTaskset, pinSelf, startMoto, startPostgres, startService } from './service/servers.mjs'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    keys: { type: 'string', default: '10000' },
  },
})
const seconds = Number(values.seconds)
const keysMax = Number(values.keys)
const CONNECTIONS = [1, 32]

const round = (value) => (value < 100 ? value.toFixed(2) : value.toFixed(0))

function row(cells) {
  console.log(cells.map((cell, index) => `${cell}`[index ? 'padStart' : 'padEnd'](16)).join(''))
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

/** wrap and unwrap in turn, against each server. */
async function compare(servers) {
  console.log('\nwrap and unwrap in turn (encrypt and decrypt for moto)')
  row(['server', 'connections', 'requests/s', 'p50 ms', 'p99 ms', 'ours : this'])
  for (const connections of CONNECTIONS) {
    let ours
    for (const { name, calls } of servers) {
      const { rate, p50, p99 } = await measure(calls.pair, connections)
      ours ??= rate
      row([name, connections, round(rate), round(p50), round(p99), `${(ours / rate).toFixed(2)} x`])
    }
  }
}

/** Each kind of call while the number of keys grows. */
async function grow({ name, calls }) {
  console.log(`\n${name}: requests/s (p99 ms) on 8 connections while keys get more`)
  const kinds = ['wrap', 'unwrap', 'get', 'list', 'count', 'create']
  row(['keys', ...kinds])
  for (let keys = 100; keys <= keysMax; keys *= 10) {
    await calls.seed(keys)
    const cells = []
    for (const kind of kinds) {
      const { rate, p99 } = await measure(calls[kind], 8)
      cells.push(`${round(rate)} (${round(p99)})`)
    }
    row([keys, ...cells])
  }
}

const apart = availableParallelism() > 1 && hasTaskset()
console.log(
  apart
    ? 'servers on core 0; this program, and PostgreSQL, on core 1'
    : 'all programs share the cores: figures are of the whole machine',
)
if (apart) pinSelf()
const running = []
try {
  const sqlite = await startService(apart)
  running.push(sqlite)
  const postgres = await startPostgres(apart)
  running.push(postgres)
  const replica = await startService(apart, postgres.url)
  running.push(replica)
  const moto = await startMoto(apart)
  running.push(moto)
  const servers = [
    { name: 'ours, SQLite', calls: await ourCalls(sqlite.ready) },
    { name: 'ours, PostgreSQL', calls: await ourCalls(replica.ready) },
    { name: 'moto', calls: await motoCalls(moto.url) },
  ]
  await compare(servers)
  await grow(servers[0])
  await grow(servers[1])
} finally {
  for (const server of running.reverse()) await server.stop()
}
