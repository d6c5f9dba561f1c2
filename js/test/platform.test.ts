/** Nothing in the library knows where it runs: only the command line and the loaders do. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { ROOT } from './support/package.js'

const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
const NAMES = ['Buffer', 'process', 'Deno', 'Bun', 'window', 'document', 'navigator', 'location']
const MORE = ['self', 'global', 'require', 'importScripts', 'EdgeRuntime', 'WebSocketPair']
/** What every platform has, taken by this name because callers replace it or it may be missing. */
const TAKEN = ['globalThis.fetch', 'globalThis.crypto', 'globalThis.crypto.subtle']

const folder = join(ROOT, 'src')
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

/** Those of some files, by path, that the linter refuses for what they name. */
function refused(files: Readonly<Record<string, string>>): Set<string> {
  const planted = mkdtempSync(join(tmpdir(), 'tsutsumi-lint-'))
  try {
    cpSync(join(ROOT, 'biome.json'), join(planted, 'biome.json'))
    for (const [path, statement] of Object.entries(files)) {
      mkdirSync(dirname(join(planted, path)), { recursive: true })
      writeFileSync(join(planted, path), `${statement}\n`)
    }
    const flags = ['lint', '--reporter=github', '--max-diagnostics=none', 'src']
    const run = { cwd: planted, encoding: 'utf8' } as const
    const { stdout } = spawnSync(process.execPath, [BIOME, ...flags], run)
    const rules = /title=lint\/\w+\/(?:noRestrictedGlobals|noNodejsModules),file=([^,]+)/g
    const found = [...stdout.matchAll(rules)].map(([, file = '']) => file)
    return new Set(found.map((file) => (isAbsolute(file) ? relative(planted, file) : file)))
  } finally {
    rmSync(planted, { recursive: true })
  }
}

/** Lines of code, without comments. */
function codeOf(text: string): string[] {
  const code = text.replace(/\/\*.*?\*\//gs, '').replace(/^\s*\/\/.*$/gm, '')
  return code.split('\n').filter((line) => line.trim() !== '')
}

/** What of the realm is reached around the linter. */
function reached(text: string): string[] {
  const found = codeOf(text).flatMap((line) => line.match(/globalThis\b[.\w[\]]*/g) ?? [])
  return found.filter((name) => !TAKEN.includes(name))
}

describe('the source of the library', () => {
  it('cannot name a platform, which the command line may', () => {
    const bad: Record<string, string> = { 'src/file.ts': "export { readFileSync } from 'node:fs'" }
    for (const name of [...NAMES, ...MORE]) {
      bad[`src/${name}.ts`] = `export const x: unknown = ${name}`
      bad[`src/entry/${name}.ts`] = `export const x: unknown = ${name}.x`
    }
    const good = {
      'src/good.ts': 'export const x: unknown = crypto',
      'src/cli/process.ts': 'export const x: unknown = process',
      'src/cli/file.ts': "export { readFileSync } from 'node:fs'",
    }
    assert.deepEqual([...refused({ ...bad, ...good })].sort(), Object.keys(bad).sort())
  })

  it('does not reach a platform around that', () => {
    const own = sources.filter(({ file }) => !/^(cli|entry)\//.test(file))
    assert.ok(own.length > 100)
    for (const { file, text } of own) assert.deepEqual(reached(text), [], file)
    assert.equal(reached('const x = globalThis.process\n').length, 1)
    assert.equal(reached("const x = globalThis['Deno']\n").length, 1)
    assert.equal(reached('// globalThis.process\n').length, 0)
  })

  it('has entries of ten lines at the most', () => {
    const entries = sources.filter(({ file, text }) => {
      return file.startsWith('entry/') || text.includes("import './entry/")
    })
    assert.ok(entries.length >= 30)
    for (const { file, text } of entries) assert.ok(codeOf(text).length <= 10, file)
    const others = sources.filter(
      ({ file, text }) =>
        !file.startsWith('entry/') && /provide(Core|Formats)\(/.test(codeOf(text).join('\n')),
    )
    assert.deepEqual(others.map(({ file }) => file).sort(), ['wasm/formats.ts', 'wasm/load.ts'])
  })
})
