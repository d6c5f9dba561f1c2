/** The API reference: made without a warning, with a page for all that is exported. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ROOT } from './support/package.js'

const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-docs-'))
const TYPEDOC = join(ROOT, '../tests/docs/node_modules/typedoc')
const missing = existsSync(TYPEDOC)
  ? false
  : 'TypeDoc is not installed: `cargo xtask setup` does it'

/** Makes the reference, or that of another project; returns what was said on failure. */
function make(...project: string[]): string {
  const args = [join(ROOT, 'scripts/docs.mjs'), join(folder, 'reference'), ...project]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return status === 0 ? '' : stdout + stderr
}

/** A project of one line. */
function planted(comment: string): string {
  const project = mkdtempSync(join(folder, 'planted-'))
  const config = { compilerOptions: { module: 'nodenext', types: [] }, files: ['index.ts'] }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  writeFileSync(join(project, 'index.ts'), `/** ${comment} */\nexport const planted = 1\n`)
  return make(project)
}

describe('the API reference', { skip: missing }, () => {
  after(() => rmSync(folder, { recursive: true }))

  it('is made without a warning', (test) => {
    assert.equal(make(), '')
    const pages = readdirSync(join(folder, 'reference'), { recursive: true, encoding: 'utf8' })
    const html = pages.filter((file) => file.endsWith('.html'))
    for (const page of [
      'classes/index.Envelope.html',
      'classes/index.KmsError.html',
      'functions/key-protect.keyProtect.html',
      'classes/webcrypto.Envelope.html',
      'classes/object.Objects.html',
    ]) {
      assert.ok(html.includes(page), page)
    }
    test.diagnostic(`${html.length} pages`)
    assert.ok(html.length > 100)
  })

  it('control: a link that leads nowhere is an error', () => {
    assert.equal(planted('See {@link planted}.'), '')
    assert.match(planted('See {@link NoSuchThing}.'), /NoSuchThing/)
  })
})
