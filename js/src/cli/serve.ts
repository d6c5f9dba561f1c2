/**
 * `tsutsumi serve`: the embedded key service over HTTP.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type EmbeddedKeyProtect, embeddedKeyProtect } from '../local.js'
import { type Finish, makeCommand } from './command.js'
import { CommandError, EXIT, UsageError } from './exit.js'
import { masterKeyAt, replaceFile, StateFile } from './state-file.js'
import { Terminal } from './terminal.js'
import type { Command } from './vendor/commander.js'

interface ServeOptions {
  readonly listen: string
  readonly state?: string
  readonly masterKey?: string
  readonly writeCredentials?: string
  readonly region?: string
  readonly plainHttp?: boolean
  readonly json?: boolean
}

const BODY_LEN_MAX = 4 << 20

/** Declares the command. */
export function serveCommand(finish: Finish): Command {
  return makeCommand('serve [options]', {
    summary: 'a key service on this machine, for development and tests',
    about:
      'Serves the API of IBM Key Protect and of its token service from this program: for ' +
      'development, tests and work without a network. Prints its address, instance and API key ' +
      'once it listens.',
    examples: `  tsutsumi serve                          all is forgotten when it ends
  tsutsumi serve --state keys.db          keeps everything in a file
  tsutsumi serve --write-credentials kp.json &
  TSUTSUMI_CREDENTIALS=kp.json tsutsumi keys create orders --alias orders`,
    more: `The state file is written anew before a change is answered, and replaced as a whole:
whatever happens, it is the old one or the new one. Root keys are in it only wrapped under the
master key, which is made beside it, in a file of its own, at the first start. Keep the two apart in
a backup. It speaks plain HTTP, so it listens on this machine alone unless --plain-http is given.
For more than development there is the service itself, tsutsumi-service, with TLS and a database.`,
  })
    .option('--listen <address>', 'where to listen; port 0 takes a free one', '127.0.0.1:8440')
    .option('--state <file>', 'keep everything in this file')
    .option('--master-key <file>', '32 bytes that protect the state; default: the state plus .key')
    .option('--write-credentials <file>', 'write a file for --credentials, readable by you alone')
    .option('--region <name>', 'region in the names of keys, for a new state')
    .option('--plain-http', 'listen beyond this machine, without TLS')
    .option('--json', 'print one line of JSON once it listens')
    .action(async (options: ServeOptions) => {
      await serve(options)
      finish(EXIT.done)
    })
}

async function serve(options: ServeOptions): Promise<void> {
  const { host, port } = readAddress(options)
  const { embedded, state } = await openState(options)
  const server = createServer((request, response) => {
    answer(embedded, state, request, response).catch(() => response.destroy())
  })
  await listen(server, host, port)
  try {
    const { port: taken } = server.address() as AddressInfo
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${taken}`
    await introduce(options, embedded, url)
    await state?.save()
    await ended()
    await state?.save()
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function openState(options: ServeOptions): Promise<{
  readonly embedded: EmbeddedKeyProtect
  readonly state: StateFile | undefined
}> {
  const { region, state: path } = options
  if (path === undefined) {
    if (options.masterKey !== undefined) throw new UsageError('--master-key needs --state')
    const embedded = await embeddedKeyProtect(region === undefined ? {} : { region })
    return { embedded, state: undefined }
  }
  const snapshot = await StateFile.read(path)
  const masterKey = await masterKeyAt(options.masterKey ?? `${path}.key`, snapshot === undefined)
  try {
    const fresh = region === undefined ? { masterKey } : { masterKey, region }
    const embedded = await embeddedKeyProtect(
      snapshot === undefined ? fresh : { masterKey, snapshot },
    )
    return { embedded, state: new StateFile(path, () => embedded.snapshot()) }
  } finally {
    masterKey.fill(0)
  }
}

function readAddress({ listen: text, plainHttp }: ServeOptions): {
  readonly host: string
  readonly port: number
} {
  const [, host, number] = /^\[?([^\]]*?)\]?:(\d{1,5})$/.exec(text) ?? []
  const port = Number(number)
  if (host === undefined || host === '' || port > 65_535) {
    throw new UsageError(`\`--listen ${text}\` has to be an address and a port: 127.0.0.1:8440`)
  }
  const here = host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
  if (!here && plainHttp !== true) {
    throw new UsageError(
      `\`${text}\` is reached from other machines, and this speaks plain HTTP`,
      'Listen on 127.0.0.1 behind a proxy that speaks TLS, or pass --plain-http.',
    )
  }
  return { host, port }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(new CommandError(error.message)))
    server.listen(port, host, resolve)
  })
}

async function introduce(
  { json, state, writeCredentials }: ServeOptions,
  { instance, apiKey }: EmbeddedKeyProtect,
  url: string,
): Promise<void> {
  if (writeCredentials !== undefined) {
    const members = { apikey: apiKey, instance_id: instance, url, iam_url: url }
    const text = `${JSON.stringify(members, undefined, 2)}\n`
    await replaceFile(writeCredentials, new TextEncoder().encode(text))
  }
  if (json === true) {
    process.stdout.write(`${JSON.stringify({ url, instance, apiKey })}\n`)
    return
  }
  const terminal = new Terminal(process.stdout, process.env)
  terminal.line(terminal.style('bold', `Listening at ${url}`))
  terminal.line('For another terminal:')
  terminal.line(`  export KP_TARGET_ADDR=${url}`)
  terminal.line(`  export KP_INSTANCE_ID=${instance}`)
  terminal.line(`  export IBMCLOUD_API_KEY=${apiKey}`)
  const next =
    state === undefined ? 'Nothing of it is kept' : 'The next start with this state finds it again'
  terminal.line(`${next}. Ctrl-C ends the service.`)
}

function ended(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
}

async function answer(
  embedded: EmbeddedKeyProtect,
  state: StateFile | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request)
  if (body === undefined) {
    response.writeHead(413, { connection: 'close' }).end()
    return
  }
  const method = request.method ?? 'GET'
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers.set(name, value)
  }
  const init = { method, headers, ...(body.length === 0 ? {} : { body }) }
  const reply = await embedded.fetch(`${embedded.url}${request.url ?? '/'}`, init)
  // Nobody hears of a change that a loss of power could undo.
  if (state !== undefined && reply.ok && changes(method, request.url ?? '')) await state.save()
  response.writeHead(reply.status, Object.fromEntries(reply.headers))
  response.end(new Uint8Array(await reply.arrayBuffer()))
}

function changes(method: string, url: string): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return !/\/identity\/token|(\/actions\/|action=)(un|re)?wrap\b/.test(url)
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += (part as Buffer).length
    if (length > BODY_LEN_MAX) return undefined
    parts.push(part as Buffer)
  }
  return Uint8Array.from(Buffer.concat(parts))
}
