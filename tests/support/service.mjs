// The native root-key service with an empty store, at a free port.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './consumer.mjs'

const PROGRAM = process.env.TSUTSUMI_SERVICE ?? join(ROOT, 'target/debug/tsutsumi-service')

/** A running service; ends with {@link Service.stop}. */
export class Service {
  #child
  #data
  /** Its `url`, `instance` and `apiKey`. */
  ready

  static async start(flags = []) {
    const service = new Service()
    service.#data = mkdtempSync(join(tmpdir(), 'tsutsumi-service-'))
    const args = ['serve', '--listen', '127.0.0.1:0', '--data', service.#data, '--ready-json']
    service.#child = spawn(PROGRAM, [...args, ...flags], { stdio: ['ignore', 'pipe', 'ignore'] })
    const line = await new Promise((resolve, reject) => {
      service.#child.once('error', reject)
      service.#child.once('exit', (code) => reject(new Error(`the service ended with ${code}`)))
      service.#child.stdout.once('data', (text) => resolve(text.toString()))
    })
    const { url, instance, apiKey } = JSON.parse(line)
    service.ready = { url, instance, apiKey }
    return service
  }

  async stop() {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill()
    await ended
    rmSync(this.#data, { recursive: true, force: true })
  }
}
