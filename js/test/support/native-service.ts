/** The service as a program, if it is built. */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../../../target/debug/tsutsumi-service', import.meta.url))
const program = process.env['TSUTSUMI_SERVICE'] ?? built

/** Why tests of it cannot run, or false. */
export const missing: string | false = existsSync(program)
  ? false
  : 'the service is not built: cargo build --package tsutsumi-service --bins'

/** What it says when it listens. */
export interface Ready {
  readonly url: string
  readonly instance: string
  readonly apiKey: string
}

/** A service with an empty store, on a free port. */
export class NativeService {
  readonly #child: ChildProcess
  readonly #data: string

  constructor() {
    this.#data = mkdtempSync(join(tmpdir(), 'tsutsumi-service-'))
    const flags = ['serve', '--listen', '127.0.0.1:0', '--data', this.#data, '--ready-json']
    this.#child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'ignore'] })
  }

  /** Waits until it listens. */
  async ready(): Promise<Ready> {
    const line = await new Promise<string>((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)))
      this.#child.stdout?.once('data', (text: Buffer) => resolve(text.toString()))
    })
    return JSON.parse(line) as Ready
  }

  /** Ends it and removes its store. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill()
    await ended
    rmSync(this.#data, { recursive: true, force: true })
  }
}
