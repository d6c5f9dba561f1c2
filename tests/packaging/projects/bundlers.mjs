// Bundlers, each by its own defaults: the smallest page, weighed, and the suite in a page, run.
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ROOT } from '../../support/consumer.mjs'
import { openFiles, weigh } from '../weigh.mjs'

const run = promisify(execFile)
const HERE = join(ROOT, 'tests/packaging')

/** Imports a package of the matrix, or of js/ where the default set-up has it. */
export function library(name, folder = HERE) {
  const require = createRequire(join(folder, 'package.json'))
  return import(pathToFileURL(require.resolve(name)))
}

/** A page that loads one script, in a folder of its own. */
function page(out, script) {
  mkdirSync(out, { recursive: true })
  writeFileSync(
    join(out, 'index.html'),
    `<!doctype html><title>packaging</title><script type="module" src="./${script}"></script>`,
  )
}

async function vite(folder, input, out) {
  const { build } = await library('vite', join(ROOT, 'js'))
  page(folder, input)
  const options = { outDir: out, target: 'es2022' }
  await build({ root: folder, base: './', configFile: false, logLevel: 'error', build: options })
}

async function webpack(folder, input, out) {
  const { default: pack } = await library('webpack')
  page(out, 'main.js')
  const compiler = pack({
    mode: 'production',
    context: folder,
    entry: `./${input}`,
    output: { path: out, filename: 'main.js' },
    performance: { hints: false },
  })
  await new Promise((resolve, reject) => {
    compiler.run((error, stats) => {
      const failed = error ?? (stats.hasErrors() ? new Error(stats.toString('errors-only')) : null)
      if (failed) reject(failed)
      else compiler.close(resolve)
    })
  })
}

async function esbuild(folder, input, out) {
  const { build } = await library('esbuild')
  page(out, 'main.js')
  const entryPoints = { main: join(folder, input) }
  const options = { bundle: true, minify: true, splitting: true, format: 'esm', target: 'es2022' }
  await build({ entryPoints, outdir: out, ...options })
}

async function rollup(folder, input, out) {
  const [{ rollup: roll }, { nodeResolve }] = [
    await library('rollup'),
    await library('@rollup/plugin-node-resolve'),
  ]
  page(out, 'main.js')
  const plugins = [nodeResolve({ browser: true })]
  const bundle = await roll({ input: join(folder, input), plugins })
  await bundle.write({ dir: out, entryFileNames: 'main.js', compact: true })
  await bundle.close()
}

// Parcel reads `exports` only where the project says so: the one line of configuration that a
// bundler needs here.
async function parcel(folder, input, out) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const setting = { '@parcel/resolver-default': { packageExports: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, ...setting }))
  page(folder, input)
  const program = join(HERE, 'node_modules/parcel/lib/bin.js')
  const flags = ['--dist-dir', out, '--public-url', './', '--no-cache', '--no-source-maps']
  await run(process.execPath, [program, 'build', 'index.html', ...flags], { cwd: folder })
}

function scripts(out) {
  const files = readdirSync(out, { recursive: true }).filter((file) => /\.m?js$/.test(file))
  return files.map((file) => readFileSync(join(out, file), 'utf8')).join('')
}

function project(name, build) {
  return async ({ folder, browser, modules, check }) => {
    const out = join(folder, 'built', name)
    await build(folder, 'core.mjs', out)
    const { loaded } = await openFiles(browser, out, 'window.made?.length')
    const sizes = weigh(loaded, modules, check)
    check(scripts(out).includes(modules.formats), 'the control: the other module is nowhere')
    rmSync(out, { recursive: true })
    await build(folder, 'page.mjs', out)
    check(scripts(out).includes('ownerApiKey'), 'the control has no embedded service')
    const { value } = await openFiles(browser, out, 'window.results')
    return { ...sizes, results: value }
  }
}

/** Those of the default set-up. */
export const LIGHT = { vite: project('vite', vite) }

/** Those that only the whole matrix has. */
export const HEAVY = {
  webpack: project('webpack', webpack),
  esbuild: project('esbuild', esbuild),
  rollup: project('rollup', rollup),
  parcel: project('parcel', parcel),
}
