// The conformance suite in every runtime, and a table of what came of it.
//
//   node tests/runtimes/run.mjs [--all] [RUNTIME…]
import { Service } from '../support/service.mjs'
import { consumer } from '../support/consumer.mjs'
import { MORE, place, RUNTIMES } from './start.mjs'

// A runtime that runs fewer cases than this has not run the suite.
const FLOOR = 30

const args = process.argv.slice(2)
const known = { ...RUNTIMES, ...MORE }
const named = args.filter((arg) => arg !== '--all')
const unknown = named.filter((name) => !(name in known))
if (unknown.length > 0) {
  console.error(`no runtime is called ${unknown.join(', ')}: ${Object.keys(known).join(', ')}`)
  process.exit(3)
}
const wanted = named.length > 0 ? named : Object.keys(args.includes('--all') ? known : RUNTIMES)

const folder = consumer()
place(folder)
const service = await Service.start(['--cors', '*'])
const rows = []
for (const name of wanted) {
  const started = performance.now()
  const row = { name, alone: 0, embedded: 0, native: 0, failed: 0 }
  try {
    const all = await known[name](folder, service.ready)
    for (const { name: title, failure } of all) {
      const [, kind] = /^(embedded|native): /.exec(title) ?? ['', 'alone']
      if (failure === undefined) row[kind] += 1
      else {
        row.failed += 1
        console.log(`${name}: ${title}\n  ${failure.replaceAll('\n', '\n  ')}`)
      }
    }
    if (all.length < FLOOR) throw new Error(`ran ${all.length} cases, fewer than ${FLOOR}`)
  } catch (error) {
    row.failed += 1
    console.log(`${name}: ${error.stack ?? error}`)
  }
  row.seconds = (performance.now() - started) / 1000
  rows.push(row)
}
await service.stop()

const line = (name, ...cells) =>
  console.log(name.padEnd(22), ...cells.map((cell) => String(cell).padStart(9)))
console.log()
line('runtime', 'alone', 'embedded', 'native', 'failed', 'time')
for (const { name, alone, embedded, native, failed, seconds } of rows) {
  line(name, alone, embedded, native || '-', failed, `${seconds.toFixed(1)} s`)
}
const failed = rows.reduce((sum, row) => sum + row.failed, 0)
const passed = rows.reduce((sum, row) => sum + row.alone + row.embedded + row.native, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
