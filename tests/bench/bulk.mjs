// Much data through the platform's AES: in Node.js, with SubtleCrypto there too, and in Chromium.
//
// Prints, for each, how fast and which part of the platform's own speed that is, then from which
// length on the platform is faster than the core: the numbers of js/src/bulk/crossover.ts. Asserts
// nothing about time. An argument sets the number of rounds, 15 if absent.
import nodeCrypto, { webcrypto } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join, normalize, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { bulkJobs, crossovers, inTurn, rawSubtle, rawSync } from './bulk-jobs.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
const LENGTHS = { '1 MiB': 1 << 20, '16 MiB': 16 << 20, '64 MiB': 64 << 20 }
const CROSSINGS = [16, 32, 64, 128, 256].map((kib) => kib << 10)

const rounds = Number(process.argv[2] ?? 15)

async function lib() {
  const dist = new URL('../../js/dist/', import.meta.url)
  const [{ Envelope, wrappingKey }, { Objects }, engines, { subtleAes }, { CROSSOVERS }] =
    await Promise.all(
      ['index.js', 'object.js', 'bulk/aes.js', 'bulk/subtle-aes.js', 'bulk/crossover.js'].map(
        (file) => import(new URL(file, dist)),
      ),
    )
  return { Envelope, wrappingKey, Objects, engines, subtleAes, CROSSOVERS }
}

async function measured(all, raw) {
  const results = {}
  for (const [label, length] of Object.entries(LENGTHS)) {
    const jobs = await bulkJobs(all, raw, length)
    const turns = Math.max(5, Math.min(rounds, (rounds << 24) / length))
    results[label] = {
      seal: await inTurn(jobs.seal, length, turns),
      open: await inTurn(jobs.open, length, turns),
    }
  }
  return { results, crossings: await crossovers(all, all.engines, CROSSINGS, 4 * rounds) }
}

async function inNode() {
  const all = await lib()
  const sync = await measured(all, rawSync(nodeCrypto))
  const { subtle } = webcrypto
  const engine = {
    crossover: all.CROSSOVERS.subtle,
    take: (key, use) => all.subtleAes(subtle, key, use),
  }
  // Where a runtime had nothing else.
  const engines = {
    engine: () => engine,
    useEngine: (wanted) => all.engines.useEngine(wanted ?? engine),
  }
  engines.useEngine(undefined)
  const other = await measured({ ...all, engines }, rawSubtle)
  return { 'Node.js, node:crypto': sync, 'Node.js, SubtleCrypto': other }
}

const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.html': 'text/html' }

// The repository's files, for a page on this machine.
function served() {
  return new Promise((done) => {
    const server = createServer((request, response) => {
      const path = normalize(new URL(request.url, 'http://localhost').pathname)
      if (path === '/')
        return response.setHeader('content-type', 'text/html').end('<!doctype html>')
      const file = join(root, path)
      if (!existsSync(file)) return response.writeHead(404).end()
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      createReadStream(file).pipe(response)
    })
    server.listen(0, '127.0.0.1', () => done(server))
  })
}

async function inChromium() {
  const { chromium } = createRequire(`${root}/js/package.json`)('playwright-core')
  const server = await served()
  const executablePath = process.env.TSUTSUMI_CHROMIUM ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${server.address().port}/`)
    const run = async ({ lengths, crossings, rounds }) => {
      const [jobs, { Envelope, wrappingKey }, { Objects }, engines] = await Promise.all(
        [
          'tests/bench/bulk-jobs.mjs',
          'js/dist/index.js',
          'js/dist/object.js',
          'js/dist/bulk/aes.js',
        ].map((file) => import(`/${file}`)),
      )
      const all = { Envelope, wrappingKey, Objects }
      const results = {}
      for (const [label, length] of Object.entries(lengths)) {
        const { seal, open } = await jobs.bulkJobs(all, jobs.rawSubtle, length)
        const turns = Math.max(5, Math.min(rounds, (rounds << 24) / length))
        results[label] = {
          seal: await jobs.inTurn(seal, length, turns),
          open: await jobs.inTurn(open, length, turns),
        }
      }
      return { results, crossings: await jobs.crossovers(all, engines, crossings, 4 * rounds) }
    }
    const made = await page.evaluate(run, { lengths: LENGTHS, crossings: CROSSINGS, rounds })
    return { [`Chromium ${browser.version().split('.')[0]}, SubtleCrypto`]: made }
  } finally {
    await browser.close()
    server.close()
  }
}

function print(name, { results, crossings }) {
  console.log(`\n${name}: MB/s (part of raw: median, best)`)
  const labels = Object.keys(results)
  console.log(`${''.padEnd(22)}${labels.map((label) => label.padStart(22)).join('')}`)
  for (const side of ['seal', 'open']) {
    for (const job of Object.keys(results[labels[0]][side])) {
      const cells = labels.map((label) => {
        const { mbps, ratio, best } = results[label][side][job]
        return `${mbps.toFixed(0)} (${ratio.toFixed(2)}, ${best.toFixed(2)})`.padStart(22)
      })
      console.log(`${side} ${job}`.padEnd(22) + cells.join(''))
    }
  }
  console.log('  a message as a whole, platform against core:')
  const cells = Object.entries(crossings).map(
    ([length, { platform }]) => `${length >> 10} KiB ×${platform.ratio.toFixed(2)}`,
  )
  console.log(`  ${cells.join('  ')}`)
  const first = Object.entries(crossings).find(([, { platform }]) => platform.ratio > 1)
  console.log(`  faster from ${first === undefined ? 'nowhere' : `${first[0]} bytes`} on`)
}

const figures = {}
for (const run of [inNode, inChromium]) {
  for (const [name, made] of Object.entries(await run())) {
    figures[name] = made
    print(name, made)
  }
}
mkdirSync(`${target}/bench`, { recursive: true })
writeFileSync(`${target}/bench/bulk.json`, `${JSON.stringify({ rounds, figures }, null, 2)}\n`)
