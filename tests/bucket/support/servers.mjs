// Stores that are no part of this project: moto's S3, s3s-fs, and R2 as miniflare runs it.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
const TRIES_MAX = 300

export const CREDENTIALS = { accessKeyId: 'AKIATESTS', secretAccessKey: 'secret-of-the-tests' }
export const REGION = 'us-east-1'

async function freePort() {
  const server = createServer()
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

/** A program that listens; ends with `stop`. */
class Program {
  #child
  #ended

  constructor(program, args) {
    if (!existsSync(program)) throw new Error(`${program} is not there: cargo xtask setup`)
    this.#child = spawn(program, args, { stdio: 'ignore' })
    this.#child.once('error', (error) => {
      this.#ended = error.message
    })
    this.#child.once('exit', (code, signal) => {
      this.#ended = signal ?? code
    })
  }

  async answers(url) {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      if (this.#ended !== undefined) throw new Error(`a store ended with ${this.#ended}`)
      const reply = await fetch(url).catch(() => undefined)
      await reply?.body?.cancel()
      if (reply !== undefined) return
      await new Promise((done) => setTimeout(done, 100))
    }
    throw new Error(`no store answers at ${url}`)
  }

  async stop() {
    if (this.#ended !== undefined) return
    const ended = new Promise((done) => this.#child.once('exit', done))
    this.#child.kill()
    await ended
  }
}

/** moto: an emulator of AWS in Python. */
export async function moto() {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', port]
  const program = new Program(join(target, 'venv/bin/python'), args)
  await program.answers(`${url}/moto-api/`)
  return { name: 'moto', url, cannot: [], stop: () => program.stop() }
}

/** s3s-fs: a server of S3 in Rust, over a folder. */
export async function s3s() {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-s3s-'))
  const keys = [
    '--access-key',
    CREDENTIALS.accessKeyId,
    '--secret-key',
    CREDENTIALS.secretAccessKey,
  ]
  const address = ['--host', '127.0.0.1', '--port', port]
  const program = new Program(join(target, 'tools/bin/s3s-fs'), [...address, ...keys, folder])
  await program.answers(url)
  const stop = async () => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  // Its keys are paths of files; it does not list uploads, but keeps each as a file.
  const leftovers = () => readdirSync(folder).filter((name) => name.startsWith('.upload'))
  return { name: 's3s-fs', url, cannot: ['a//b'], leftovers, stop }
}

/** R2, as miniflare runs it: one binding for each bucket. */
export async function r2Server() {
  const { Miniflare } = await import('miniflare')
  const script = 'export default { fetch: () => new Response(null) }'
  const make = (buckets) => ({
    modules: true,
    script,
    compatibilityDate: '2026-01-01',
    r2Buckets: buckets,
  })
  const names = []
  const miniflare = new Miniflare(make(names))
  await miniflare.ready
  return {
    name: 'miniflare',
    cannot: [],
    async bucket(name) {
      names.push(name)
      await miniflare.setOptions(make(names))
      return miniflare.getR2Bucket(name)
    },
    stop: () => miniflare.dispose(),
  }
}
