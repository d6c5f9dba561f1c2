/**
 * AWS KMS as moto emulates it: a server of its own, which checks signatures.
 *
 * It does not refuse disabled keys; that refusal is answered here as AWS documents it.
 */

import type { ChildProcess } from 'node:child_process'
import { AwsV4Signer } from 'aws4fetch'
import { type Backend, serverAt } from './fault-proxy.js'
import { endProgram, freePort, startProgram, venv } from './program.js'

/** Region of its keys. */
export const REGION = 'eu-central-1'

/** Calls that need no credentials: those that make a user. */
const OPEN_CALLS = 3

/** Credentials of somebody who may do everything. */
export interface MotoUser {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The emulator, and a user in it. */
export class Moto {
  user: MotoUser = { accessKeyId: 'none', secretAccessKey: 'none' }
  url = ''
  readonly #disabled = new Set<string>()
  #child: ChildProcess | undefined

  async start(): Promise<void> {
    const port = await freePort()
    this.url = `http://127.0.0.1:${port}`
    const env = { INITIAL_NO_AUTH_ACTION_COUNT: String(OPEN_CALLS) }
    const args = ['-H', '127.0.0.1', '-p', String(port)]
    this.#child = await startProgram(venv('moto_server'), args, `${this.url}/moto-api/`, env)
    await this.#iam({ Action: 'CreateUser', UserName: 'tests' })
    const made = await this.#iam({ Action: 'CreateAccessKey', UserName: 'tests' })
    const allow = { Effect: 'Allow', Action: '*', Resource: '*' }
    await this.#iam({
      Action: 'PutUserPolicy',
      UserName: 'tests',
      PolicyName: 'all',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [allow] }),
    })
    const field = (name: string): string =>
      new RegExp(`<${name}>(.*?)</${name}>`).exec(made)?.[1] ?? ''
    this.user = { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') }
  }

  async stop(): Promise<void> {
    await endProgram(this.#child)
  }

  /** Makes a key; returns its ARN. */
  async createKey(alias: string): Promise<string> {
    const made = await this.#kms('CreateKey', {})
    const arn = (made as { readonly KeyMetadata: { readonly Arn: string } }).KeyMetadata.Arn
    await this.#kms('CreateAlias', { AliasName: `alias/${alias}`, TargetKeyId: arn })
    return arn
  }

  /** From now on a key is disabled. */
  disable(arn: string): void {
    this.#disabled.add(arn)
  }

  /** Passes on, but for what is asked of disabled keys. */
  get backend(): Backend {
    const server = serverAt(this.url)
    return async (path, init) => {
      const operation = new Headers(init.headers).get('x-amz-target')?.split('.')[1] ?? ''
      const text = await new Response(init.body ?? null).text()
      const { KeyId } = JSON.parse(text === '' ? '{}' : text) as { readonly KeyId?: string }
      if (operation !== 'DescribeKey' && this.#disabled.has(KeyId ?? '')) {
        const body = { __type: 'DisabledException', message: `${KeyId} is disabled.` }
        return Response.json(body, { status: 400 })
      }
      return server(path, init)
    }
  }

  async #iam(form: Record<string, string>): Promise<string> {
    const body = new URLSearchParams({ Version: '2010-05-08', ...form }).toString()
    const scope = '20260101/us-east-1/iam/aws4_request'
    const reply = await fetch(`${this.url}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `AWS4-HMAC-SHA256 Credential=none/${scope}, SignedHeaders=host, Signature=0`,
      },
      body,
    })
    const text = await reply.text()
    if (!reply.ok) throw new Error(`moto: ${form['Action']}: ${reply.status} ${text}`)
    return text
  }

  async #kms(operation: string, json: unknown): Promise<unknown> {
    const signer = new AwsV4Signer({
      ...this.user,
      url: `${this.url}/`,
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `TrentService.${operation}`,
      },
      body: JSON.stringify(json),
      service: 'kms',
      region: REGION,
    })
    const { url, headers, body } = await signer.sign()
    const reply = await fetch(url, { method: 'POST', headers, body: body ?? null })
    const text = await reply.text()
    if (!reply.ok) throw new Error(`moto: ${operation}: ${reply.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
}
