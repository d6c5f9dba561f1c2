// Bundlers, each by its own defaults.
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ROOT } from '../support/consumer.mjs'

const run = promisify(execFile)
const HERE = join(ROOT, 'tests/packaging')

/** Imports a package of the matrix, or of js/ where the default set-up has it. */
function library(name, folder = HERE) {
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

/** Those of the default set-up. */
export const BUNDLERS = { vite }

/** Those that only the whole matrix has. */
export const MORE = { webpack, esbuild, rollup, parcel }

/** Copies the sources of the bundles beside the installed package. */
export function place(folder) {
  const copies = {
    'page.mjs': 'packaging/page.mjs',
    'core.mjs': 'packaging/core.mjs',
    'lib.mjs': 'runtimes/launch/lib.mjs',
    'suite.mjs': 'runtimes/suite.mjs',
  }
  for (const [to, from] of Object.entries(copies)) {
    writeFileSync(join(folder, to), readFileSync(join(ROOT, 'tests', from)))
  }
}
