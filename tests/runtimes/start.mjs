// Starts the suite in each runtime; every starter returns the results as the suite gave them.
import { execFile, spawn } from 'node:child_process'
import { copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundle } from '../support/bundle.mjs'
import { serve } from '../support/files.mjs'
import { Browser, eventually, freePort } from '../support/webdriver.mjs'
import { library, program } from './programs.mjs'

const run = promisify(execFile)
// Earlier dates are those of workers that were deployed long ago.
const DATE = '2025-05-05'

/** A program that prints the results. */
async function printed(folder, command, args, native) {
  const options = { cwd: folder, maxBuffer: 1 << 26 }
  const { stdout } = await run(command, [...args, JSON.stringify(native ?? null)], options)
  return JSON.parse(stdout.trim().split('\n').at(-1))
}

/** A worker that answers at a port. */
async function answered(port, native) {
  const request = () =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(native ?? null) })
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0, 'the start')
  const reply = await request()
  const text = await reply.text()
  if (!reply.ok) throw new Error(`the worker answers ${reply.status}: ${text.slice(0, 2000)}`)
  return JSON.parse(text)
}

/** Runs `work` while a program runs, which ends with it. */
async function beside(folder, command, args, work) {
  const child = spawn(command, args, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' },
  })
  let said = ''
  const keep = (data) => {
    said = (said + data).slice(-4000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  try {
    const early = ended.then((code) => {
      throw new Error(`it ended with ${code}: ${said}`)
    })
    return await Promise.race([work(), early])
  } catch (error) {
    throw new Error(`${error.message}\n${said}`, { cause: error })
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGTERM')
    await ended.catch(() => {})
  }
}

function capnpOf(files, port) {
  const module = (file) =>
    file.endsWith('.wasm')
      ? `(name = "${file}", wasm = embed "${file}")`
      : `(name = "${file}", esModule = embed "${file}")`
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      compatibilityDate = "${DATE}",
      globalOutbound = "network",
      modules = [${files.map(module).join(', ')}])),
    (name = "network", network = (allow = ["local", "private", "public"]))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
`
}

async function workerd(folder, native) {
  const port = await freePort()
  const out = join(folder, 'out-workerd')
  const files = await bundle(join(folder, 'worker.mjs'), out, 'workerd')
  writeFileSync(join(out, 'config.capnp'), capnpOf(files, port))
  const args = ['serve', 'config.capnp']
  return beside(out, program('workerd'), args, () => answered(port, native))
}

async function miniflare(folder, native) {
  const { Miniflare } = await library('miniflare/dist/src/index.js')
  const out = join(folder, 'out-miniflare')
  const files = await bundle(join(folder, 'worker.mjs'), out, 'workerd')
  const modules = files.map((file) => ({
    type: file.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule',
    path: file,
    contents: readFileSync(join(out, file)),
  }))
  const worker = new Miniflare({ modules, compatibilityDate: DATE, cf: false })
  try {
    const body = JSON.stringify(native ?? null)
    return await (await worker.dispatchFetch('http://x/', { method: 'POST', body })).json()
  } finally {
    await worker.dispose()
  }
}

async function wrangler(folder, native) {
  const port = await freePort()
  const flags = ['--port', `${port}`, '--ip', '127.0.0.1', '--show-interactive-dev-session=false']
  const args = [program('wrangler'), 'dev', 'worker.mjs', '--compatibility-date', DATE, ...flags]
  return beside(folder, process.execPath, args, () => answered(port, native))
}

// The runtime's own bundler is closed: what it does to `?module` is to compile the file beforehand
// and to hand the module over by a global name.
async function edge(folder, native) {
  const { EdgeRuntime } = await library('edge-runtime/dist/index.js')
  const out = join(folder, 'out-edge')
  const given = (file) => `export default globalThis.modules[${JSON.stringify(file)}]`
  const files = await bundle(join(folder, 'edge.mjs'), out, 'edge-light', given)
  const modules = {}
  for (const file of files.filter((name) => name.endsWith('.wasm'))) {
    modules[file] = new WebAssembly.Module(readFileSync(join(out, file)))
  }
  const runtime = new EdgeRuntime({
    extend: (context) => Object.assign(context, { modules }),
    initialCode: readFileSync(join(out, files[0]), 'utf8'),
  })
  const body = JSON.stringify(native ?? null)
  return (await runtime.dispatchFetch('http://x/', { method: 'POST', body })).json()
}

const page = (imports) => `<!doctype html><title>suite</title>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module" src="./page.mjs"></script>`

function inBrowser(kind) {
  return async (folder, native) => {
    const manifest = readFileSync(join(folder, 'node_modules/tsutsumi/package.json'), 'utf8')
    const entries = Object.entries(JSON.parse(manifest).exports).filter(([, row]) => row.default)
    const imports = entries.map(([name, row]) => [
      name.replace('.', 'tsutsumi'),
      `./node_modules/tsutsumi/${row.default.slice(2)}`,
    ])
    writeFileSync(join(folder, 'page.html'), page(Object.fromEntries(imports)))
    const site = await serve(folder)
    const browser = await Browser.start(kind)
    try {
      const query = encodeURIComponent(JSON.stringify(native ?? null))
      await browser.open(`${site.url}/page.html?${query}`)
      return Object.assign(await browser.until('window.results'), { version: browser.name })
    } finally {
      await browser.close()
      await site.close()
    }
  }
}

/** A runtime without the native service, because it cannot or may not reach it. */
const alone = (start) => (folder) => start(folder, null)

const node =
  (version, main = 'main.mjs') =>
  (folder, native) =>
    printed(folder, version ? program(version) : process.execPath, [main], native)

function canRequire() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)
}

/** Runtimes by name, the default ones first. */
export const RUNTIMES = {
  node: node(),
  // Before 20.19, and in 21, Node.js requires no ES module.
  ...(canRequire() ? { 'node, require': node(undefined, 'require.cjs') } : {}),
  workerd,
  chromium: inBrowser('chromium'),
  firefox: inBrowser('firefox'),
}

/** Those that only the whole matrix has. */
export const MORE = {
  'node 22': node('node-22'),
  'node 24': node('node-24'),
  'node 26': node('node-26'),
  'node 24, require': node('node-24', 'require.cjs'),
  'node 26, require': node('node-26', 'require.cjs'),
  'deno, no permissions': alone((folder, native) =>
    printed(folder, program('deno'), ['run', '--no-prompt', 'main.mjs'], native),
  ),
  'deno, network': (folder, native) =>
    printed(folder, program('deno'), ['run', '--no-prompt', '--allow-net', 'main.mjs'], native),
  bun: (folder, native) => printed(folder, program('bun'), ['main.mjs'], native),
  miniflare,
  'wrangler dev': wrangler,
  'edge-runtime': edge,
  webkit: inBrowser('webkit'),
}

/** Puts the suite and its launchers beside the installed package. */
export function place(folder) {
  const here = new URL('.', import.meta.url).pathname
  copyFileSync(join(here, 'suite.mjs'), join(folder, 'suite.mjs'))
  cpSync(join(here, 'cases'), join(folder, 'cases'), { recursive: true })
  for (const name of ['lib.mjs', 'main.mjs', 'require.cjs', 'worker.mjs', 'edge.mjs', 'page.mjs']) {
    copyFileSync(join(here, 'launch', name), join(folder, name))
  }
}
