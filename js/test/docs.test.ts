import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { STORE_CODES } from '../dist/bucket/error.js'
import { CODES } from '../dist/core-tables.js'
import { ROOT } from './support/package.js'

const folder = join(ROOT, 'src')
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.startsWith('cli'))
  .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

/** Exported declarations without a comment in front of them. */
function undocumented(text: string): string[] {
  const lines = text.split('\n')
  return lines.filter((line, number) => {
    const declares = /^export (async )?(abstract )?(class|function|interface|type|const) \w/.test(
      line,
    )
    return declares && !/\*\/$/.test(lines[number - 1] ?? '')
  })
}

/** Methods of exported classes without a comment, but those that only pass on. */
function undocumentedMethods(text: string): string[] {
  const lines = text.split('\n')
  let inside = false
  return lines.filter((line, number) => {
    if (/^(export )?class /.test(line)) inside = line.startsWith('export')
    if (/^}/.test(line)) inside = false
    const method = /^ {2}(static |async )*(?!constructor|override|static \{)[a-z]\w*\(/.test(line)
    return inside && method && !/\*\/$/.test(lines[number - 1] ?? '')
  })
}

describe('the documentation', () => {
  it('says something about every export', () => {
    assert.ok(sources.length > 30)
    for (const { file, text } of sources) assert.deepEqual(undocumented(text), [], file)
    assert.equal(undocumented('export const x = 1\n/** A y. */\nexport const y = 1').length, 1)
  })

  it('says something about every method of an exported class', () => {
    for (const { file, text } of sources) {
      assert.deepEqual(undocumentedMethods(text), [], file)
    }
    assert.equal(undocumentedMethods('export class X {\n  run(): void {}\n}').length, 1)
  })

  it('names no error code that there is not', () => {
    let named = 0
    for (const { file, text } of sources) {
      for (const [code, stem = ''] of text.matchAll(/`(ERR_[A-Z_]*?)\*?`/g)) {
        const known = [...Object.keys(CODES), ...STORE_CODES].some((one) =>
          code.includes('*') ? one.startsWith(stem) : one === stem,
        )
        assert.ok(known, `${code} in ${file}`)
        named += 1
      }
    }
    assert.ok(named > 50)
  })

  it('begins every file with what it is', () => {
    for (const { file, text } of sources) {
      if (file.endsWith('-tables.ts')) continue
      assert.match(text, /^\/\*\*.*?@module.*?\*\//s, file)
    }
  })
})
