// The servers that are measured, each started for the run and gone with it.
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { send } from './load.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
const program = process.env.TSUTSUMI_SERVICE ?? join(target, 'release/tsutsumi-service')
const python = process.env.TSUTSUMI_PYTHON ?? join(target, 'venv/bin/python')
const POSTGRES = '/usr/lib/postgresql'

export function hasTaskset() {
  return existsSync('/usr/bin/taskset')
}

/** Keeps this program, and what it starts without being told otherwise, on core 1. */
export function pinSelf() {
  execFileSync('taskset', ['-a', '-c', '-p', '1', `${process.pid}`], { stdio: 'ignore' })
}

function start(apart, command, options) {
  const words = apart ? ['taskset', '-c', '0', ...command] : command
  const child = spawn(words[0], words.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  })
  const ended = new Promise((done) => child.once('exit', done))
  const stop = async () => {
    child.kill()
    await ended
  }
  return { child, stop }
}

/** Our service, built for release, on an empty folder or an empty PostgreSQL database. */
export async function startService(apart, database) {
  if (!existsSync(program)) {
    throw new Error('the service is missing: cargo build --release -p tsutsumi-service')
  }
  const data = mkdtempSync(join(tmpdir(), 'service-'))
  const command = [program, 'serve', '--listen', '127.0.0.1:0', '--ready-json', '--data', data]
  if (database) command.push('--database', database)
  const env = { ...process.env, RUST_LOG: 'error' }
  const { child, stop } = start(apart, command, { env })
  for await (const line of createInterface({ input: child.stdout })) {
    const end = async () => {
      await stop()
      rmSync(data, { recursive: true })
    }
    return { ready: JSON.parse(line), stop: end }
  }
  throw new Error('the service does not start')
}

/** A PostgreSQL server with default settings, that is, with every commit on disk. */
export async function startPostgres() {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES).map(Number) : []
  if (versions.length === 0) throw new Error('PostgreSQL is missing: cargo xtask setup')
  const bin = join(POSTGRES, `${Math.max(...versions)}`, 'bin')
  const folder = mkdtempSync(join(tmpdir(), 'pg-'))
  const options = { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] }
  if (process.getuid() === 0) {
    // It refuses to run as root
    const id = (option) => Number(execFileSync('id', [option, 'postgres']))
    options.uid = id('-u')
    options.gid = id('-g')
    chownSync(folder, options.uid, options.gid)
  }
  const data = join(folder, 'data')
  const init = ['-U', 'tsutsumi', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N', '-D', data]
  execFileSync(join(bin, 'initdb'), init, options)
  const settings = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`]
  const { child } = start(false, [join(bin, 'postgres'), '-D', data, ...settings], options)
  const ended = new Promise((done) => child.once('exit', done))
  const client = ['-h', folder, '-U', 'tsutsumi']
  for (let tries = 0; ; tries++) {
    try {
      execFileSync(join(bin, 'createdb'), [...client, 'keys'], { stdio: 'ignore' })
      break
    } catch (error) {
      if (tries > 100) throw error
      await sleep(100)
    }
  }
  return {
    url: `postgres://tsutsumi@localhost/keys?host=${folder}&sslmode=disable`,
    stop: async () => {
      child.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true })
    },
  }
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** moto's server, which plays AWS KMS. */
export async function startMoto(apart) {
  const port = await freePort()
  const command = [python, '-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`]
  const { stop } = start(apart, command, { stdio: ['ignore', 'ignore', 'ignore'] })
  const url = `http://127.0.0.1:${port}/`
  for (let tries = 0; tries < 300; tries++) {
    try {
      await send(`${url}moto-api/`, {})
      return { url, stop }
    } catch {
      await sleep(100)
    }
  }
  await stop()
  throw new Error('moto does not start: pip install "moto[server]" into the test environment')
}
