import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ROOT } from './support/package.js'
import { matches, readSession } from './support/session.js'

const folder = join(ROOT, 'test/cli')
const wanted = process.env['TSUTSUMI_SESSION'] ?? ''
const sessions = readdirSync(folder).filter(
  (name) => name.endsWith('.session') && name.startsWith(wanted),
)

/** A folder with the program in its path, and a key service beside it. */
class Desk {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'tsutsumi-session-'))
  readonly work: string = join(this.folder, 'work')
  readonly credentials: string = join(this.folder, 'credentials.json')
  #service: ChildProcess | undefined

  async start(): Promise<void> {
    const bin = join(this.folder, 'bin')
    mkdirSync(bin)
    mkdirSync(this.work)
    const program = join(bin, 'tsutsumi')
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${ROOT}/bin/tsutsumi.js" "$@"\n`)
    chmodSync(program, 0o755)
    const flags = ['--listen', '127.0.0.1:0', '--write-credentials', this.credentials, '--json']
    const service = spawn(program, ['serve', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#service = service
    await new Promise((resolve) => service.stdout?.once('data', resolve))
  }

  run(command: string, input: string): { code: number | null; out: string; err: string } {
    const done = spawnSync('/bin/sh', ['-c', command], {
      cwd: this.work,
      input,
      encoding: 'utf8',
      env: {
        PATH: `${join(this.folder, 'bin')}:${process.env['PATH']}`,
        HOME: this.work,
        TSUTSUMI_CREDENTIALS: this.credentials,
      },
    })
    return { code: done.status, out: done.stdout, err: done.stderr }
  }

  stop(): void {
    this.#service?.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

describe('sessions on the command line', () => {
  it('are compared, every line', () => {
    assert.ok(matches('a 1 b\nc\n', ['a … b', 'c']))
    assert.ok(matches('a\nb\nc\n', ['a', '……']))
    assert.ok(matches('', []))
    for (const [text, lines] of [
      ['a\nb\n', ['a']],
      ['a\n', ['a', 'b']],
      ['a\n', []],
      ['ab\n', ['a.']],
    ] as const) {
      assert.ok(!matches(text, lines))
    }
    assert.throws(() => readSession('> before any command'))
  })

  for (const name of sessions) {
    describe(name, () => {
      const desk = new Desk()
      before(() => desk.start())
      after(() => desk.stop())
      for (const step of readSession(readFileSync(join(folder, name), 'utf8'))) {
        it(`${step.line}: ${step.about}: ${step.command.slice(0, 80)}`, () => {
          const input = step.input.map((line) => `${line}\n`).join('')
          const { code, out, err } = desk.run(step.command, input)
          const shown = `exit code ${code}\n${out}${err}`
          assert.equal(code, step.code, shown)
          assert.ok(matches(out, step.out), shown)
          assert.ok(matches(err, step.err), shown)
        })
      }
    })
  }
})
