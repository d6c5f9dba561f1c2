import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { exportsOf, report } from './support/api.js'
import { ROOT } from './support/package.js'

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly name: string
  readonly exports: Record<string, string | { readonly types: string }>
}

const entries = new Map<string, string>()
for (const [name, entry] of Object.entries(manifest.exports)) {
  if (typeof entry === 'string') continue
  entries.set(name.replace('.', manifest.name), join(ROOT, entry.types))
}

describe('the API', () => {
  it('is what api.md says: a change of it is seen in a diff', () => {
    const path = join(ROOT, 'api.md')
    const text = report(entries)
    if (process.env['UPDATE'] === '1') writeFileSync(path, text)
    assert.equal(readFileSync(path, 'utf8'), text, 'run `UPDATE=1 npm test -- api` and look at it')
  })

  it('has no `any` in it, and nothing undeclared', () => {
    let names = 0
    for (const [entry, path] of entries) {
      for (const [name, declaration] of exportsOf(path)) {
        assert.doesNotMatch(declaration, /(: |<|\| )any\b/, `${name} of ${entry}`)
        names += 1
      }
    }
    assert.ok(names > 60)
  })
})
