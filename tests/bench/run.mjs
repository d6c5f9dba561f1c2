// The benchmark: sealing and opening, ours beside others, in one run. Asserts nothing about time.
//
// Prints microseconds (best and median slice) and ratios to our row of the same group (median over
// the rounds, with the range from the 10th to the 90th percentile): over 1 is slower than ours.
// Absolute figures move with whatever else the machine does; ratios, taken within a round, move far
// less. rows.mjs and records.mjs say what each row includes. An argument sets the number of rounds,
// 25 if absent.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')

const LENGTHS = { '32 B': 32, '256 B': 256, '1 KiB': 1024, '64 KiB': 65_536, '1 MiB': 1 << 20 }

function setUp() {
  if (!existsSync(`${root}/js/dist/index.js`)) {
    throw new Error('js/dist is missing: build it with `cargo xtask build`')
  }
  if (existsSync(`${here}/node_modules/.package-lock.json`)) return
  console.log('setup: npm ci in tests/bench')
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', npm, { cwd: here, stdio: 'inherit' })
}

async function jobsOf(rows, length) {
  const plaintext = new Uint8Array(length).fill(0x5a)
  const jobs = { seal: {}, open: {} }
  for (const [name, make] of Object.entries(rows)) {
    const { opened, seal, open } = await make(plaintext)
    // A row that does not give back what it was given would be fast for nothing.
    if (Buffer.compare(opened, plaintext) !== 0) throw new Error(`${name} opens wrongly`)
    jobs.seal[name] = seal
    jobs.open[name] = open
  }
  return jobs
}

const micros = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0))
const times = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(1))

function print(title, table) {
  const names = Object.keys(Object.values(table)[0])
  console.log(`\n${title}`)
  console.log(
    `${''.padEnd(16)}${Object.keys(table)
      .map((name) => name.padStart(24))
      .join('')}`,
  )
  for (const name of names) {
    const cells = Object.values(table).map((column) => {
      const { best_us, median_us } = column[name]
      return `${micros(best_us)} (${micros(median_us)})`.padStart(24)
    })
    console.log(name.padEnd(16) + cells.join(''))
  }
  const [ours, ...others] = names
  console.log(`against ${ours}`)
  for (const name of others) {
    const cells = Object.values(table).map((column) => {
      const { ratio, ratio_p10, ratio_p90 } = column[name]
      return `×${times(ratio)} (${times(ratio_p10)}–${times(ratio_p90)})`.padStart(24)
    })
    console.log(`  ${name}`.padEnd(16) + cells.join(''))
  }
}

async function main(rounds) {
  setUp()
  const { GROUPS } = await import('./rows.mjs')
  const { measure, summary } = await import('./measure.mjs')
  const { records } = await import('./records.mjs')
  const machine = {
    node: process.version,
    processor: os.cpus()[0]?.model ?? 'unknown',
    processors: os.cpus().length,
    load: os.loadavg()[0],
  }
  console.log(`node ${machine.node}, ${machine.processors} × ${machine.processor}`)
  console.log(`load ${machine.load.toFixed(1)}, ${rounds} rounds; µs best (median), then ratios`)
  const results = {}
  for (const [group, rows] of Object.entries(GROUPS)) {
    const tables = { seal: {}, open: {} }
    for (const [label, length] of Object.entries(LENGTHS)) {
      const jobs = await jobsOf(rows, length)
      for (const work of ['seal', 'open']) {
        const measured = await measure(jobs[work], rounds)
        const base = measured[Object.keys(rows)[0]]
        const summaries = Object.entries(measured).map(([name, all]) => [name, summary(all, base)])
        tables[work][label] = Object.fromEntries(summaries)
      }
    }
    print(`${group}: seal`, tables.seal)
    print(`${group}: open`, tables.open)
    results[group] = tables
  }
  mkdirSync(`${target}/bench`, { recursive: true })
  const file = `${target}/bench/seal-open.json`
  const figures = { machine, rounds, results, records: await records(rounds) }
  writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
  console.log(`\nwritten to ${file.replace(`${root}/`, '')}`)
}

await main(Number(process.argv[2] ?? 25))
