import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Envelope } from 'tsutsumi'
import { localKey, randomBytes } from './support/keys.js'

const program = fileURLToPath(new URL('../bin/tsutsumi.js', import.meta.url))
let folder = ''

function run(...args: string[]): { status: number | null; out: string; err: string } {
  const env = { ...process.env, TMPDIR: folder }
  const done = spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8' })
  return { status: done.status, out: done.stdout, err: done.stderr }
}

/** What a command left in its temporary folder. */
function left(): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('tsutsumi-'))
}

describe('the command line', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'cli-test-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('shows the whole job on a file, plainly where nobody watches', () => {
    const file = join(folder, 'a file.bin')
    writeFileSync(file, randomBytes(2_000_000))
    const { status, out, err } = run('demo', file)
    assert.equal(err, '')
    assert.equal(status, 0)
    for (const said of [
      /root key\s+crn:v1:/,
      /context key\s+purpose/,
      /the same as before\s+yes/,
      /one bit flipped\s+ERR_OPEN_FAILED/,
      /another context\s+ERR_POLICY_CONTEXT/,
      /root key disabled\s+ERR_KMS_KEY_STATE/,
    ]) {
      assert.match(out, said)
    }
    assert.ok(!out.includes('\u001b') && !out.includes('\r'))
    assert.deepEqual(left(), [])
  })

  it('takes a file with nothing in it', () => {
    const file = join(folder, 'empty')
    writeFileSync(file, '')
    assert.equal(run('demo', file).status, 0)
  })

  it('leaves nothing when it is interrupted', async () => {
    const env = { ...process.env, TMPDIR: folder }
    const file = join(folder, 'large')
    writeFileSync(file, '')
    truncateSync(file, 200_000_000)
    const child = spawn(process.execPath, [program, 'demo', file], { env })
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => text.includes('Encrypt') && resolve())
    })
    assert.equal(left().length, 1)
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.on('close', resolve))
    assert.equal(code, 130)
    assert.deepEqual(left(), [])
  })

  it('prints the header of a message, and no control characters of it', async () => {
    const envelope = new Envelope({ rootKey: localKey() })
    const context = { trick: '\u001b[2J\u202egnp.exe' }
    const file = join(folder, 'message')
    writeFileSync(file, await envelope.encrypt(randomBytes(10), { context }))
    const { status, out } = run('inspect', file)
    assert.equal(status, 0)
    assert.match(out, /0x0478/)
    assert.match(out, /trick = ·\[2J·gnp\.exe/)
    assert.ok(!out.includes('\u001b') && !out.includes('\u202e'))
  })

  it('ends well when its reader has gone', async () => {
    const file = join(folder, 'piped')
    writeFileSync(file, await new Envelope({ rootKey: localKey() }).encrypt(randomBytes(500_000)))
    for (const args of [['inspect', file], ['--help']]) {
      const child = spawn(process.execPath, [program, ...args])
      child.stdout.destroy()
      let said = ''
      child.stderr.on('data', (text: Buffer) => {
        said += text.toString()
      })
      const code = await new Promise((resolve) => child.on('close', resolve))
      assert.deepEqual([code, said], [0, ''])
    }
  })

  it('fails with a code for what is no message', () => {
    const file = join(folder, 'text')
    writeFileSync(file, 'this is text and no message')
    const { status, out, err } = run('inspect', file)
    assert.deepEqual([status, out], [3, ''])
    assert.match(err, /ERR_FORMAT_VERSION/)
  })

  it('explains itself, and what is wrong with a call', () => {
    assert.match(run('--help').out, /Usage/)
    assert.match(run('--version').out, /^\d+\.\d+\.\d+\n$/)
    for (const args of [[], ['nothing'], ['inspect'], ['demo', 'a', 'b'], ['demo', '--loud']]) {
      const { status, out, err } = run(...args)
      assert.deepEqual([status, out], [2, ''])
      assert.match(err, /^tsutsumi: /)
    }
    assert.equal(run('demo', join(folder, 'missing')).status, 1)
    assert.equal(run('demo', folder).status, 1)
  })
})
