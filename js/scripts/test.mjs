// Compiles the tests and runs those of one kind: `node`, or `browser`.
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const js = dirname(dirname(fileURLToPath(import.meta.url)))
const build = join(js, 'build')
const [kind = 'node', ...names] = process.argv.slice(2)
const folder = kind === 'browser' ? join(build, 'browser') : build

rmSync(build, { recursive: true, force: true })
const tsc = join(js, 'node_modules/typescript/bin/tsc')
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.test.json'], { cwd: js, stdio: 'inherit' })

const files = readdirSync(folder)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => names.length === 0 || names.some((name) => file.startsWith(name)))
  .map((file) => join(folder, file))
const flags = ['--expose-gc', '--test', '--test-reporter=spec', '--test-timeout=180000']
const { status } = spawnSync(process.execPath, [...flags, ...files], { cwd: js, stdio: 'inherit' })
process.exit(files.length === 0 ? 1 : (status ?? 1))
