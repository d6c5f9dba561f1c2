// The entries of the package: one row of `exports` in package.json for each, its key the name.
//
// To add one, write src/NAME.ts, add `"./NAME": {}` to `exports`, and run `npm run entries`: this
// writes the conditions of its row, `sideEffects`, and the files of the runtimes that take modules
// only by import. With `--check` it writes nothing, and fails if something would change.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const manifestPath = join(js, 'package.json')
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
const checking = process.argv.includes('--check')
const wrong = []

// Runtimes that compile no bytes, with what their bundlers want behind the name of a module.
const CONDITIONS = { workerd: '', 'edge-light': '?module' }
// Where an entry takes its modules from, everywhere else and there.
const SOURCES = { './entry/inline.js': './core.js', './entry/inline-service.js': './service.js' }

function put(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  wrong.push(path.slice(js.length + 1))
  if (!checking) writeFileSync(path, text)
}

function namesOf(exports) {
  return Object.keys(exports).filter((name) => typeof exports[name] === 'object')
}

function fileOf(name) {
  return name === '.' ? 'index' : name.slice(2)
}

/** The file of an entry for one condition; undefined for an entry that needs no module. */
function conditional(name, condition) {
  const text = readFileSync(join(js, 'src', `${fileOf(name)}.ts`), 'utf8')
  const lines = text.split('\n').filter((line) => /^(import|export) /.test(line))
  const used = Object.keys(SOURCES).filter((source) => lines.includes(`import '${source}'`))
  if (used.length === 0) return undefined
  const rest = lines.filter((line) => line.startsWith('export'))
  if (rest.length !== 1 || lines.length !== used.length + 1) {
    throw new Error(`src/${fileOf(name)}.ts has more than its sources and one export`)
  }
  const about = `/** \`${name.replace('.', 'tsutsumi')}\` on ${condition}. @module */`
  const sources = used.map((source) => `import '${SOURCES[source]}'`).join('\n')
  return `${about}\n\n${sources}\n\n${rest[0].replace("'./", "'../../")}\n`
}

/** The conditions of an entry, and its files for them. */
function row(name) {
  const file = fileOf(name)
  const conditions = { types: `./dist/${file}.d.ts` }
  for (const condition of Object.keys(CONDITIONS)) {
    const text = conditional(name, condition)
    if (text === undefined) continue
    put(join(js, 'src/entry', condition, `${file}.ts`), text)
    conditions[condition] = `./dist/entry/${condition}/${file}.js`
  }
  return { ...conditions, default: `./dist/${file}.js` }
}

/** Only the names of modules differ between the runtimes that import them. */
function sources() {
  const from = join(js, 'src/entry/workerd')
  for (const file of ['core.ts', 'service.ts']) {
    const text = readFileSync(join(from, file), 'utf8')
    put(
      join(js, 'src/entry/edge-light', file),
      text.replaceAll(/_bg\.wasm'/g, `_bg.wasm${CONDITIONS['edge-light']}'`),
    )
  }
}

const names = namesOf(manifest.exports)
const rows = names.map((name) => [name, row(name)])
sources()
const files = Object.entries(manifest.exports).filter(([name]) => !names.includes(name))
const exports = Object.fromEntries([...rows, ...files])
// `portable` does its work by being imported, and needs nothing where modules are imported.
const loading = rows.filter(([name, row]) => 'workerd' in row || name === './portable')
const sideEffects = [
  ...loading.map(([, conditions]) => conditions.default),
  './dist/entry/**/*.js',
  './dist/cli/*.js',
  ...Object.values(manifest.bin),
]
put(manifestPath, `${JSON.stringify({ ...manifest, exports, sideEffects }, null, 2)}\n`)

const known = new Set([...names.map((name) => `${fileOf(name)}.ts`), 'core.ts', 'service.ts'])
for (const condition of Object.keys(CONDITIONS)) {
  for (const file of readdirSync(join(js, 'src/entry', condition))) {
    if (!known.has(basename(file))) wrong.push(`src/entry/${condition}/${file} is of no entry`)
  }
}
if (checking && wrong.length > 0) {
  process.stderr.write(`not as \`npm run entries\` writes it:\n  ${wrong.join('\n  ')}\n`)
  process.exit(1)
}
