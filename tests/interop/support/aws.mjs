// AWS KMS as moto emulates it, started on a free port, and keys in it.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'

import { target } from './python.mjs'

const REGION = 'eu-central-1'
const START_LIMIT_MS = 60_000

async function freePort() {
  const server = createServer()
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

async function answers(url) {
  for (const started = Date.now(); Date.now() - started < START_LIMIT_MS; ) {
    if (await fetch(`${url}/moto-api/`).then((reply) => reply.ok, () => false)) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('moto does not start')
}

async function createKey(url) {
  const reply = await fetch(url, {
    method: 'POST',
    headers: {
      // What it is, not who asks: moto checks neither.
      authorization: `AWS4-HMAC-SHA256 Credential=tests/20260101/${REGION}/kms/aws4_request`,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'TrentService.CreateKey',
    },
    body: '{}',
  })
  if (!reply.ok) throw new Error(`moto makes no key: HTTP ${reply.status}`)
  const { KeyMetadata } = await reply.json()
  return { kind: 'aws-kms', url, region: REGION, arn: KeyMetadata.Arn }
}

/** Starts moto; `key()` makes a key in it, described as peers take it. */
export async function startAws() {
  const url = `http://127.0.0.1:${await freePort()}`
  const program = `${target}/venv/bin/moto_server`
  const args = ['-H', '127.0.0.1', '-p', url.split(':').at(-1)]
  const child = spawn(program, args, { stdio: 'ignore' })
  child.once('error', () => {})
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await new Promise((done) => child.once('exit', done))
  }
  try {
    await answers(url)
  } catch (error) {
    await stop()
    throw error
  }
  return { key: () => createKey(url), stop }
}
