// Tiny projects that install the packed package, are built by each tool, and run.
//
//   node tests/packaging/run.mjs [--all] [PROJECT…]
//
// Sizes are those of the scripts that the page of core.mjs loads; the limit is js/test/browser's.
import { copyFileSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import { consumer, ROOT } from '../support/consumer.mjs'
import { Browser } from '../support/webdriver.mjs'
import * as bundlers from './projects/bundlers.mjs'
import * as next from './projects/next.mjs'
import * as typescript from './projects/typescript.mjs'
import * as vite from './projects/vite-dev.mjs'
import * as workers from './projects/workers.mjs'
import { modulesOf } from './weigh.mjs'

// A page that runs fewer cases than this has not run the suite.
const CASES_MIN = 29

const LIGHT = { ...bundlers.LIGHT, ...vite.LIGHT, ...workers.LIGHT, ...typescript.LIGHT }
const HEAVY = { ...bundlers.HEAVY, ...next.HEAVY }

const args = process.argv.slice(2)
const known = { ...LIGHT, ...HEAVY }
const named = args.filter((arg) => arg !== '--all')
if (named.some((name) => !(name in known))) {
  console.error(`the projects are ${Object.keys(known).join(', ')}`)
  process.exit(3)
}
const wanted = named.length > 0 ? named : Object.keys(args.includes('--all') ? known : LIGHT)

/** Copies the sources of the projects beside the installed package. */
function place(folder) {
  const copies = {
    'page.mjs': 'packaging/page.mjs',
    'core.mjs': 'packaging/core.mjs',
    'worker.mjs': 'packaging/worker.mjs',
    'lib.mjs': 'packaging/lib.mjs',
    'suite.mjs': 'runtimes/suite.mjs',
  }
  for (const [to, from] of Object.entries(copies)) {
    copyFileSync(join(ROOT, 'tests', from), join(folder, to))
  }
  cpSync(join(ROOT, 'tests/runtimes/cases'), join(folder, 'cases'), { recursive: true })
}

const folder = consumer()
place(folder)
const modules = modulesOf(folder)
const browser = await Browser.start('chromium')
const rows = []
for (const name of wanted) {
  const row = { name, passed: 0, failed: 0, raw: '-', gzip: '-' }
  rows.push(row)
  const started = performance.now()
  const check = (good, what) => {
    row[good ? 'passed' : 'failed'] += 1
    if (!good) console.log(`${name}: ${what}`)
  }
  try {
    const { raw, gzip, results } = await known[name]({ folder, browser, modules, check })
    Object.assign(row, raw === undefined ? {} : { raw, gzip })
    if (results !== undefined) {
      check(results.length >= CASES_MIN, `ran ${results.length} cases, fewer than ${CASES_MIN}`)
      for (const { name: title, failure } of results) check(!failure, `${title}: ${failure}`)
    }
  } catch (error) {
    check(false, error.stack ?? error)
  }
  row.seconds = (performance.now() - started) / 1000
}
await browser.close()

const line = (name, ...cells) =>
  console.log(name.padEnd(22), ...cells.map((cell) => String(cell).padStart(9)))
console.log()
line('project', 'raw', 'gzip', 'passed', 'failed', 'time')
for (const { name, raw, gzip, passed, failed, seconds } of rows) {
  line(name, raw, gzip, passed, failed, `${seconds.toFixed(1)} s`)
}
const sum = (kind) => rows.reduce((all, row) => all + row[kind], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
