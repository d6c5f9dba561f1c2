/** The command line on a real terminal: a pseudo-terminal of `script`, typed at and read from. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ROOT } from './support/package.js'

const PROGRAM = join(ROOT, 'bin/tsutsumi.js')
const missing =
  spawnSync('script', ['--version']).status === 0 ? false : '`script` of util-linux is missing'
const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-terminal-'))
const INTERRUPT = '\u0003'

/** A program at a terminal. */
class Session {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  said = ''

  constructor(...args: string[]) {
    const line = [process.execPath, PROGRAM, ...args].map((arg) => `'${arg}'`).join(' ')
    const env = { ...process.env, TERM: 'xterm', COLUMNS: '100' }
    const flags = ['--quiet', '--return', '--flush', '--command', line, '/dev/null']
    this.#child = spawn('script', flags, { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', (data: Buffer) => {
      this.said += data.toString()
    })
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve))
  }

  /** Waits until something was said. */
  async says(pattern: RegExp): Promise<void> {
    for (let tries = 0; !pattern.test(this.said); tries++) {
      assert.ok(tries < 1200 && this.#child.exitCode === null, `never ${pattern}: ${this.said}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** The exit code. */
  end(): Promise<number | null> {
    return this.#ended
  }
}

/** A file of zeros that takes no room. */
function sparse(name: string, length: number): void {
  closeSync(openSync(join(folder, name), 'w'))
  truncateSync(join(folder, name), length)
}

describe('the command line on a terminal', { skip: missing }, () => {
  before(() => {
    writeFileSync(join(folder, 'key'), new Uint8Array(32).fill(7))
    sparse('large', 400 << 20)
    sparse('huge', 40 * 2 ** 30)
  })
  after(() => rmSync(folder, { recursive: true }))

  const BAR = /█+[^\r]*░*[^\r]* \d+ % +[\d.]+ [kMG]?B\/s, [\d.]+ (ms|s|min)[^\r]* left/

  it('draws a bar with rate and time left, and takes it away', async () => {
    const session = new Session('encrypt', '-k', 'file:key', '-o', 'large.sealed', 'large')
    assert.equal(await session.end(), 0, session.said)
    assert.match(session.said, BAR)
    assert.match(session.said.split('\u001b[2K').at(-1) ?? '', /419\.4 MB in .*, [\d.]+ [kMG]?B\/s/)
    rmSync(join(folder, 'large.sealed'))
  })

  it('draws nothing where nobody watches', () => {
    const args = [PROGRAM, 'encrypt', '-k', 'file:key', '-o', 'large.sealed', 'large']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder })
    assert.equal(status, 0)
    assert.equal(`${stdout}${stderr}`, '')
    rmSync(join(folder, 'large.sealed'))
  })

  it('leaves no file behind when it is interrupted', async () => {
    const before = readdirSync(folder)
    const session = new Session('encrypt', '-k', 'file:key', '-o', 'huge.sealed', 'huge')
    await session.says(BAR)
    assert.equal(readdirSync(folder).length, before.length + 1, 'control: it has begun a file')
    session.type(INTERRUPT)
    assert.equal(await session.end(), 130, session.said)
    assert.deepEqual(readdirSync(folder), before)
  })

  it('asks for a passphrase, twice to encrypt, and shows none of it', async () => {
    writeFileSync(join(folder, 'order'), 'order 17\n')
    const typed = 'abacus rhubarb clover'
    const sealing = new Session('encrypt', '-k', 'passphrase', '-o', 'order.sealed', 'order')
    await sealing.says(/Passphrase: /)
    sealing.type(`${typed}\r`)
    await sealing.says(/The same again: /)
    sealing.type(`${typed.slice(0, -1)}x\u007f${typed.slice(-1)}\r`)
    assert.equal(await sealing.end(), 0, sealing.said)
    const opening = new Session('decrypt', '-k', 'passphrase', '-o', 'order.opened', 'order.sealed')
    await opening.says(/Passphrase: /)
    opening.type(`${typed}\r`)
    assert.equal(await opening.end(), 0, opening.said)
    assert.equal(readFileSync(join(folder, 'order.opened'), 'utf8'), 'order 17\n')
    for (const { said } of [sealing, opening]) assert.doesNotMatch(said, /rhubarb/)
  })

  it('refuses another passphrase the second time, and ends at an interrupt', async () => {
    const sealing = new Session('encrypt', '-k', 'passphrase', '-o', 'other.sealed', 'order')
    await sealing.says(/Passphrase: /)
    sealing.type('one\r')
    await sealing.says(/The same again: /)
    sealing.type('two\r')
    assert.equal(await sealing.end(), 2, sealing.said)
    const left = new Session('encrypt', '-k', 'passphrase', '-o', 'other.sealed', 'order')
    await left.says(/Passphrase: /)
    left.type(INTERRUPT)
    assert.notEqual(await left.end(), 0)
    assert.ok(!readdirSync(folder).some((name) => name.includes('other')))
  })

  it('does not write a message to a terminal', async () => {
    const session = new Session('encrypt', '-k', 'file:key', 'order')
    assert.equal(await session.end(), 2, session.said)
    assert.match(session.said, /not for a terminal/)
  })
})
