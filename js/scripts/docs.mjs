// The API reference of every entry, by TypeDoc. Anything that TypeDoc warns of is an error: a link
// that leads nowhere, a type that no entry exports.
//
//   node scripts/docs.mjs [FOLDER [PROJECT]]
//
// FOLDER is dist-docs/ if not given; PROJECT is a folder with a tsconfig.json and an index.ts
// instead of the package, for the control of the test.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const tools = join(dirname(js), 'tests/docs')
if (!existsSync(join(tools, 'node_modules/typedoc'))) {
  process.stderr.write('TypeDoc is missing: `cargo xtask setup` installs it\n')
  process.exit(1)
}
const require = createRequire(join(tools, 'package.json'))
const { Application } = await import(pathToFileURL(require.resolve('typedoc')))
const manifest = createRequire(import.meta.url)('../package.json')

const [folder = join(js, 'dist-docs'), other] = process.argv.slice(2).map((path) => resolve(path))
const names = Object.keys(manifest.exports).filter(
  (name) => typeof manifest.exports[name] === 'object',
)
const entries = other
  ? [join(other, 'index.ts')]
  : names.map((name) => join(js, 'src', `${name === '.' ? 'index' : name.slice(2)}.ts`))

// Types of what only this package makes: parameters of constructors that nobody else calls, bases
// of classes whose own pages have what they inherit, and the tables that unions are made of.
const INNER = [
  ...['Bytes', 'Clock', 'FaultTarget', 'Handle', 'Kind', 'Making', 'Save', 'Settings'],
  ...['Work', '__module'],
  ...['RemoteRootKey', 'RewrappingRootKey', 'FORMATS', 'OPERATIONS'],
  ...['STORE_CODES', 'StoreDetails'],
]

const app = await Application.bootstrap({
  name: manifest.name,
  entryPoints: entries,
  tsconfig: join(other ?? js, 'tsconfig.json'),
  readme: 'none',
  out: folder,
  disableGit: true,
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
  intentionallyNotExported: other ? [] : INNER,
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, invalidPath: true },
})
// A comment links to what any entry exports, as the sources need not import it; the main one first.
app.converter.addUnknownSymbolResolver((reference, from) => {
  const path = reference.symbolReference?.path?.map((part) => part.path) ?? []
  const entries = [...from.project.children].sort(
    (a, b) => Number(b.name === 'index') - Number(a.name === 'index'),
  )
  for (const entry of entries) {
    const found = entry.getChildByName(path)
    if (found) return { target: found }
  }
  return undefined
})
const project = await app.convert()
if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1)
app.validate(project)
await app.generateOutputs(project)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1)
