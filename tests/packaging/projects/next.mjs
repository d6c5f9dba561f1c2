// Next.js: a client component, a server component, a route on Node.js and one on the edge, in one
// application that is built and started.
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../support/consumer.mjs'
import { eventually, freePort } from '../../support/webdriver.mjs'
import { openPage, weigh } from '../weigh.mjs'

const run = promisify(execFile)
const HERE = join(ROOT, 'tests/packaging/node_modules')
// The copy of the application: two copies have two Reacts.
const NEXT = 'node_modules/next/dist/bin/next'
const QUIET = { NEXT_TELEMETRY_DISABLED: '1', CI: '1' }

const client = (effect) => `'use client'
import { useEffect } from 'react'
${effect.imports}
export default function Page() {
  useEffect(() => { ${effect.run} }, [])
  return <p>client</p>
}
`

const route = (runtime) => `import * as lib from '../../lib.mjs'
import { conformance } from '../../suite.mjs'
export const runtime = '${runtime}'
export const dynamic = 'force-dynamic'
export async function GET() { return Response.json(await conformance(lib)) }
`

const SUITE = `import * as lib from '../../lib.mjs'
import { conformance } from '../../suite.mjs'`

const FILES = {
  'app/layout.jsx': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>
}
`,
  'app/client/page.jsx': client({
    imports: SUITE,
    run: 'conformance(lib).then((results) => { window.results = results })',
  }),
  'app/core/page.jsx': client({
    imports: "import { made } from '../../core.mjs'",
    run: 'window.made = made',
  }),
  'app/empty/page.jsx': client({ imports: '', run: 'window.made = [true]' }),
  'app/server/page.jsx': `${SUITE}
export const dynamic = 'force-dynamic'
export default async function Page() {
  return <pre id="results">{JSON.stringify(await conformance(lib))}</pre>
}
`,
}

const RUNTIMES = { node: 'nodejs', edge: 'edge' }

async function place(folder, name, kinds) {
  // A folder of its own: Next.js takes the outermost lock file for the root of a project.
  const app = mkdtempSync(join(tmpdir(), `tsutsumi-${name}-`))
  process.once('exit', () => rmSync(app, { recursive: true, force: true }))
  const routes = kinds.map((kind) => [`app/${kind}/route.js`, route(RUNTIMES[kind])])
  for (const [file, text] of [...Object.entries(FILES), ...routes]) {
    mkdirSync(dirname(join(app, file)), { recursive: true })
    writeFileSync(join(app, file), text)
  }
  for (const file of ['lib.mjs', 'suite.mjs', 'cases']) {
    cpSync(join(folder, file), join(app, file), { recursive: true })
  }
  const core = readFileSync(join(folder, 'core.mjs'), 'utf8')
  writeFileSync(join(app, 'core.mjs'), core.replace('globalThis.made =', 'export const made ='))
  const project = { name, private: true, type: 'module' }
  writeFileSync(join(app, 'package.json'), JSON.stringify(project))
  // Next.js follows no link that leads out of the folder: hard links where the disk has them.
  const packages = join(app, 'node_modules')
  await run('cp', ['-al', HERE, packages]).catch(() => run('cp', ['-a', HERE, packages]))
  cpSync(join(folder, 'node_modules/tsutsumi'), join(packages, 'tsutsumi'), { recursive: true })
  return app
}

async function started(app, work) {
  const port = await freePort()
  const args = [NEXT, 'start', '--port', `${port}`, '--hostname', '127.0.0.1']
  const env = { ...process.env, ...QUIET }
  const server = spawn(process.execPath, args, { cwd: app, env, stdio: 'ignore' })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    const url = `http://127.0.0.1:${port}`
    await eventually(async () => (await fetch(`${url}/empty`)).ok, 'the start of Next.js')
    return await work(url)
  } finally {
    server.kill()
    await ended
  }
}

const unescaped = (html) =>
  html.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&lt;', '<')

async function everywhere(url, kinds, { browser, modules, check }) {
  const inPage = await openPage(browser, `${url}/client`, 'window.results')
  const { loaded: core } = await openPage(browser, `${url}/core`, 'window.made?.length')
  const { loaded: empty } = await openPage(browser, `${url}/empty`, 'window.made?.length')
  const own = core.filter((script) => !empty.includes(script))
  const sizes = weigh(own.join('\n'), modules, check)
  const results = [...titled('client', inPage.value)]
  for (const kind of kinds) {
    const reply = await fetch(`${url}/${kind}`)
    check(reply.ok, `the route on ${kind} answers ${reply.status}`)
    results.push(...titled(kind, await reply.json()))
  }
  const html = await (await fetch(`${url}/server`)).text()
  const [, json = '[]'] = /<pre id="results">(.*?)<\/pre>/s.exec(html) ?? []
  results.push(...titled('server component', JSON.parse(unescaped(json.replaceAll('&amp;', '&')))))
  return { ...sizes, results }
}

function titled(place, results) {
  if (results.length < 25) throw new Error(`${place} ran ${results.length} cases`)
  return results.map(({ name, failure }) => ({ name: `${place}: ${name}`, failure }))
}

function next(name, flags, kinds) {
  return async (tools) => {
    const app = await place(tools.folder, name, kinds)
    const options = { cwd: app, env: { ...process.env, ...QUIET }, maxBuffer: 1 << 26 }
    const build = run(process.execPath, [NEXT, 'build', ...flags], options)
    await build.catch(({ stdout, stderr }) => {
      throw new Error(`next build: ${stdout}${stderr}`)
    })
    return started(app, (url) => everywhere(url, kinds, tools))
  }
}

/**
 * By its own bundler, and by webpack, with which Next.js 16.4 builds no route on the edge, not even
 * one that imports nothing.
 */
export const HEAVY = {
  'Next.js': next('next-turbopack', [], ['node', 'edge']),
  'Next.js, webpack': next('next-webpack', ['--webpack'], ['node']),
}
