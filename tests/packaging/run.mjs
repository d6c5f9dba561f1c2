// Tiny projects that install the packed package, are built by each bundler, and run in Chromium.
//
//   node tests/packaging/run.mjs [--all] [BUNDLER…]
//
// Sizes are those of the scripts that the page of core.mjs loads; the limit is js/test/browser's.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { consumer, ROOT } from '../support/consumer.mjs'
import { serve } from '../support/files.mjs'
import { Browser } from '../support/webdriver.mjs'
import { BUNDLERS, MORE, place } from './bundlers.mjs'

const CASES_MIN = 18
// The embedded service, and what a page has no use for.
const ABSENT = ['issueApiKey', 'process.env', 'Buffer.from', 'node:', 'require("', ROOT]

const args = process.argv.slice(2)
const known = { ...BUNDLERS, ...MORE }
const named = args.filter((arg) => arg !== '--all')
if (named.some((name) => !(name in known))) {
  console.error(`the bundlers are ${Object.keys(known).join(', ')}`)
  process.exit(3)
}
const wanted = named.length > 0 ? named : Object.keys(args.includes('--all') ? known : BUNDLERS)

function scripts(out) {
  const files = readdirSync(out, { recursive: true }).filter((file) => /\.m?js$/.test(file))
  return files.map((file) => readFileSync(join(out, file), 'utf8'))
}

function base64Of(folder, name) {
  const path = join(folder, 'node_modules/tsutsumi/dist/wasm/glue', `${name}-bytes.js`)
  return /'([\w+/=]{1000,})'/.exec(readFileSync(path, 'utf8'))[1]
}

/** Opens a page; returns an expression's value, and the scripts that were loaded by then. */
async function inChromium(browser, out, expression) {
  const site = await serve(out)
  try {
    await browser.open(`${site.url}/`)
    const value = await browser.until(expression)
    const loaded = site.served.filter(({ path }) => /\.m?js$/.test(path))
    return { value, loaded: loaded.map(({ bytes }) => bytes.toString()).join('\n') }
  } finally {
    await site.close()
  }
}

const folder = consumer()
place(folder)
const [core, formats] = [base64Of(folder, 'core'), base64Of(folder, 'formats')]
const browser = await Browser.start('chromium')
const rows = []
for (const name of wanted) {
  const row = { name, passed: 0, failed: 0, raw: 0, gzip: 0 }
  rows.push(row)
  const check = (good, what) => {
    row[good ? 'passed' : 'failed'] += 1
    if (!good) console.log(`${name}: ${what}`)
  }
  try {
    const out = join(folder, 'built', name)
    await known[name](folder, 'core.mjs', out)
    const texts = scripts(out)
    const { loaded: first } = await inChromium(browser, out, 'window.made?.length')
    row.raw = first.length
    row.gzip = gzipSync(first, { level: 9 }).length
    check(first.includes(core), 'the core is not in the page')
    check(!first.includes(formats), 'the other module is loaded before it is needed')
    check(texts.join('').includes(formats), 'the control: the other module is nowhere')
    for (const text of ABSENT) check(!first.includes(text), `the page has \`${text}\` in it`)
    rmSync(out, { recursive: true })
    await known[name](folder, 'page.mjs', out)
    check(scripts(out).join('').includes('issueApiKey'), 'the control has no embedded service')
    const { value: all } = await inChromium(browser, out, 'window.results')
    check(all.length >= CASES_MIN, `ran ${all.length} cases, fewer than ${CASES_MIN}`)
    for (const { name: title, failure } of all) check(!failure, `${title}: ${failure}`)
  } catch (error) {
    check(false, error.stack ?? error)
  }
}
await browser.close()

const line = (name, ...cells) =>
  console.log(name.padEnd(12), ...cells.map((cell) => String(cell).padStart(9)))
console.log()
line('bundler', 'raw', 'gzip', 'passed', 'failed')
for (const { name, raw, gzip, passed, failed } of rows) line(name, raw, gzip, passed, failed)
const sum = (kind) => rows.reduce((all, row) => all + row[kind], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 ? 0 : 1
