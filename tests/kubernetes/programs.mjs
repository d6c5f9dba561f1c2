// The programs of the suite, each started as an operator would: etcd, the key service, the plugin.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const BUILT = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target', 'debug')
const SERVICE = process.env.TSUTSUMI_SERVICE ?? join(BUILT, 'tsutsumi-service')
const PLUGIN = process.env.TSUTSUMI_KUBERNETES ?? join(BUILT, 'tsutsumi-kubernetes')
const CONFORMANCE = process.env.TSUTSUMI_KMS_CONFORMANCE ?? join(BUILT, 'kms-conformance')
const ETCD = process.env.TSUTSUMI_ETCD ?? 'etcd'
const START_LIMIT_MS = 20_000

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/** Asks until the answer is good; fails if it is not in time. */
export async function until(what, ask, limitMs = START_LIMIT_MS) {
  const end = Date.now() + limitMs
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer) return answer
    if (Date.now() > end) throw new Error(`${what}: not in ${limitMs} ms`)
    await pause(50)
  }
}

/** A program that runs until it is stopped; what it says is kept. */
class Program {
  said = ''
  #child
  #ended

  constructor(program, args, env = {}) {
    const stdio = ['ignore', 'pipe', 'pipe']
    this.#child = spawn(program, args, { stdio, env: { ...process.env, ...env } })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (text) => {
        this.said += text
      })
    }
    this.#ended = new Promise((done) => {
      this.#child.once('error', (error) => done(error))
      this.#child.once('close', (code, signal) => done(code ?? signal))
    })
  }

  ended() {
    return this.#ended
  }

  stop(signal = 'SIGTERM') {
    this.#child.kill(signal)
    return this.#ended
  }
}

function freePort() {
  const server = createServer()
  return new Promise((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** An etcd with an empty store. */
export async function startEtcd(folder) {
  const [client, peer] = await Promise.all([freePort(), freePort()])
  const url = (port) => `http://127.0.0.1:${port}`
  const program = new Program(ETCD, [
    ...['--data-dir', join(folder, 'etcd'), '--logger', 'zap', '--log-level', 'error'],
    ...['--listen-client-urls', url(client), '--advertise-client-urls', url(client)],
    ...['--listen-peer-urls', url(peer), '--initial-advertise-peer-urls', url(peer)],
    ...['--initial-cluster', `default=${url(peer)}`],
  ])
  const healthy = async () => (await (await fetch(`${url(client)}/health`)).json()).health
  await until(`etcd starts: ${program.said}`, healthy)
  return { url: url(client), program, database: join(folder, 'etcd/member/snap/db') }
}

/** The key service on SQLite, which can be stopped and started on the same port. */
export class KeyService {
  #data
  #program
  ready

  static async start(folder) {
    const service = new KeyService()
    service.#data = join(folder, 'service')
    mkdirSync(service.#data)
    service.ready = await service.#run('127.0.0.1:0')
    return service
  }

  async #run(listen) {
    const args = ['serve', '--data', this.#data, '--listen', listen, '--ready-json']
    this.#program = new Program(SERVICE, args)
    const program = this.#program
    const line = await until('the service starts', async () => /^\{.*\}$/m.exec(program.said))
    return JSON.parse(line[0])
  }

  stop() {
    return this.#program.stop()
  }

  async again() {
    await this.#run(new URL(this.ready.url).host)
  }
}

/** The plugin, with an API key in a file of its own. */
export class Plugin {
  #args
  #program
  #log = ''
  socket

  constructor(folder, { apiKey, url, crn, cluster, flags }) {
    this.socket = join(folder, 'kms.sock')
    const file = join(folder, 'api-key')
    writeFileSync(file, apiKey, { mode: 0o600 })
    this.#args = [
      ...['--socket', this.socket, '--url', url, '--key', crn, '--api-key-file', file],
      ...['--cluster', cluster, '--listen', '127.0.0.1:0', '--poll', '2', ...flags],
    ]
  }

  async start() {
    this.#program = new Program(PLUGIN, this.#args, { RUST_LOG: 'debug' })
    await until('the plugin is ready', async () => (await this.ask('/readyz')).ok)
  }

  /** All that it has logged, in all its lives. */
  get log() {
    return this.#log + this.#program.said
  }

  ask(path) {
    const address = /health=(\S+)/.exec(this.#program.said)?.[1]
    return fetch(`http://${address}${path}`)
  }

  async metric(line) {
    const text = await (await this.ask('/metrics')).text()
    const found = text.split('\n').find((one) => one.startsWith(`tsutsumi_kubernetes_${line} `))
    return Number(found?.split(' ').at(-1) ?? 0)
  }

  async stop(signal) {
    const code = await this.#program.stop(signal)
    this.#log += this.#program.said
    this.#program.said = ''
    return code
  }

  async restart(signal) {
    await this.stop(signal)
    await this.start()
  }
}

/** Runs the conformance program; returns what it said and its exit code. */
export async function conformance(args) {
  const program = new Program(CONFORMANCE, args)
  const code = await program.ended()
  return { code, said: program.said }
}
