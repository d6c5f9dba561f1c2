// From the import to the first sealed byte: each library in a process or page of its own, in
// turns, the fastest and the median of several.
//
//   node tests/bench/first.mjs [ROUNDS]
//
// In Node.js and Chromium the clock runs from the import on. The clock of workerd stands still
// while a program runs: there it runs from the start of the process to the first reply, less what a
// worker without any library takes.
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { program } from '../runtimes/programs.mjs'
import { bundle } from '../support/bundle.mjs'
import { consumer, ROOT } from '../support/consumer.mjs'
import { serve } from '../support/files.mjs'
import { Browser, freePort } from '../support/webdriver.mjs'
import { EVERYWHERE, IN_NODE, NOTHING } from './first/programs.mjs'

const rounds = Number(process.argv[2] ?? 7)
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error('usage: first.mjs [ROUNDS]')
  process.exit(3)
}

const KEY = `const key = crypto.getRandomValues(new Uint8Array(32))
const text = new TextEncoder().encode('order 17: 3 boxes')`

function place() {
  const folder = consumer()
  const packages = join(ROOT, 'tests/bench/node_modules')
  cpSync(packages, join(folder, 'node_modules'), { recursive: true })
  for (const [name, source] of Object.entries({ ...IN_NODE, ...NOTHING })) {
    writeFileSync(join(folder, `${fileOf(name)}.mjs`), source)
  }
  return folder
}

const fileOf = (name) => name.replace(/\W+/g, '-').replace(/^-/, '')

/** Runs all in turns; a library that fails has no figure, but a reason. */
async function inTurns(names, once) {
  const times = Object.fromEntries(names.map((name) => [name, []]))
  const reasons = {}
  for (let round = 0; round < rounds; round++) {
    for (const name of names.filter((one) => reasons[one] === undefined)) {
      try {
        times[name].push(await once(name, round))
      } catch (error) {
        reasons[name] = String(error.message).split('\n')[0].slice(0, 60)
      }
    }
  }
  return { times, reasons }
}

function print(title, { times, reasons }, less = 0) {
  console.log(`\n${title}`)
  for (const [name, all] of Object.entries(times)) {
    const sorted = all.map((time) => Math.max(0, time - less)).sort((a, b) => a - b)
    const median = sorted[sorted.length >> 1]
    const said = reasons[name]
      ? `fails: ${reasons[name]}`
      : `${sorted[0].toFixed(1).padStart(8)} ms  (median ${median.toFixed(1)})`
    console.log(`  ${name.padEnd(32)}${said}`)
  }
}

function node(folder) {
  const run = `${KEY}
const started = performance.now()
const { first } = await import(process.argv[2])
await first(key, text)
console.log(performance.now() - started)
`
  writeFileSync(join(folder, 'run.mjs'), run)
  return inTurns(Object.keys(IN_NODE), (name) => {
    const args = ['run.mjs', `./${fileOf(name)}.mjs`]
    return Number(execFileSync(process.execPath, args, { cwd: folder, stdio: 'pipe' }))
  })
}

async function chromium(folder) {
  for (const name of Object.keys(EVERYWHERE)) {
    await bundle(join(folder, `${fileOf(name)}.mjs`), join(folder, 'page', fileOf(name)), 'browser')
  }
  const page = `<!doctype html><title>first</title><script type="module">
${KEY}
const [name, round] = location.search.slice(1).split(',')
const started = performance.now()
try {
  const { first } = await import(\`./\${name}/main.js?\${round}\`)
  await first(key, text)
  window.took = { ms: performance.now() - started }
} catch (error) { window.took = { failure: String(error) } }
</script>`
  writeFileSync(join(folder, 'page/index.html'), page)
  const site = await serve(join(folder, 'page'))
  const browser = await Browser.start('chromium')
  try {
    const once = async (name, round) => {
      await browser.open(`${site.url}/?${fileOf(name)},${round}`)
      const { ms, failure } = await browser.until('window.took')
      if (failure !== undefined) throw new Error(failure)
      return ms
    }
    return { name: browser.name, all: await inTurns(Object.keys(EVERYWHERE), once) }
  } finally {
    await browser.close()
    await site.close()
  }
}

const CONFIG = (port, modules) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (compatibilityDate = "2025-05-05", modules = [${modules}]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
`

async function workerd(folder) {
  const names = Object.keys({ ...NOTHING, ...EVERYWHERE })
  const modules = {}
  for (const name of names) {
    const file = fileOf(name)
    const worker = `import { first } from './${file}.mjs'
export default { async fetch() {
  ${KEY}
  return new Response((await first(key, text)).slice())
} }
`
    writeFileSync(join(folder, `worker-${file}.mjs`), worker)
    const out = join(folder, 'workerd', file)
    const files = await bundle(join(folder, `worker-${file}.mjs`), out, 'workerd')
    const row = (one) =>
      `(name = "${one}", ${one.endsWith('.wasm') ? 'wasm' : 'esModule'} = embed "${one}")`
    modules[name] = files.map(row).join(', ')
  }
  return inTurns(names, async (name) => {
    const out = join(folder, 'workerd', fileOf(name))
    const port = await freePort()
    writeFileSync(join(out, 'config.capnp'), CONFIG(port, modules[name]))
    return firstReply(out, port)
  })
}

async function firstReply(out, port) {
  const started = performance.now()
  const child = spawn(program('workerd'), ['serve', 'config.capnp'], { cwd: out, stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    for (;;) {
      if (performance.now() - started > 10_000) throw new Error('there is no reply within 10 s')
      const signal = AbortSignal.timeout(10_000)
      const reply = await fetch(`http://127.0.0.1:${port}/`, { signal }).catch((error) => {
        if (error.name === 'TimeoutError') throw new Error('it never replies')
      })
      if (reply?.ok === false) throw new Error(`it answers ${reply.status}`)
      if (reply !== undefined && (await reply.arrayBuffer()).byteLength >= 17) {
        return performance.now() - started
      }
      await sleep(1)
    }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

const folder = place()
console.log(`import to first sealed byte, best of ${rounds}`)
print(`Node.js ${process.version}`, await node(folder))
const inWorkerd = await workerd(folder)
const idle = Math.min(...inWorkerd.times.nothing)
const { nothing: _, ...libraries } = inWorkerd.times
print(
  `workerd, over the ${idle.toFixed(1)} ms of an empty worker`,
  { ...inWorkerd, times: libraries },
  idle,
)
const { name, all } = await chromium(folder)
print(name, all)
