// A root-key service of our own, started on a free port with an empty store, and root keys in it.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { root, serviceBinary } from './setup.mjs'

const START_LIMIT_MS = 20_000
const GRANT = 'urn:ibm:params:oauth:grant-type:apikey'
const KEY_TYPE = 'application/vnd.ibm.kms.key+json'

async function firstLine(child, said) {
  const lines = createInterface({ input: child.stdout })
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the service does not start')), START_LIMIT_MS)
  })
  const gone = new Promise((_, reject) => {
    child.once('exit', (code) => reject(new Error(`the service ended (${code}): ${said()}`)))
    child.once('error', reject)
  })
  // Only the race below is to hear of it.
  gone.catch(() => {})
  try {
    const { value } = await Promise.race([lines[Symbol.asyncIterator]().next(), late, gone])
    return value
  } finally {
    clearTimeout(timer)
  }
}

async function json(reply) {
  if (!reply.ok) throw new Error(`${reply.url}: HTTP ${reply.status}: ${await reply.text()}`)
  return await reply.json()
}

async function createRootKey(service, name) {
  const resource = { type: KEY_TYPE, name, extractable: false }
  const reply = await fetch(`${service.url}/api/v2/keys`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.token}`,
      'bluemix-instance': service.instance,
      'content-type': KEY_TYPE,
      prefer: 'return=representation',
    },
    body: JSON.stringify({
      metadata: { collectionType: KEY_TYPE, collectionTotal: 1 },
      resources: [resource],
    }),
  })
  const { resources } = await json(reply)
  return { kind: 'key-protect', ...service, id: resources[0].id, crn: resources[0].crn }
}

/** Starts a service; `rootKey(name)` makes a key in it, described as peers take it. */
export async function startService() {
  if (!existsSync(serviceBinary())) {
    const shown = serviceBinary().replace(`${root}/`, '')
    throw new Error(`${shown} is missing: build it with \`cargo build -p tsutsumi-service\``)
  }
  const data = mkdtempSync(join(tmpdir(), 'tsutsumi-interop-'))
  const args = ['serve', '--listen', '127.0.0.1:0', '--data', join(data, 'store'), '--ready-json']
  const child = spawn(serviceBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (text) => {
    log = (log + text).slice(-4000)
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill()
      await new Promise((done) => child.once('exit', done))
    }
    rmSync(data, { recursive: true, force: true })
  }
  try {
    const { url, instance, apiKey } = JSON.parse(await firstLine(child, () => log))
    const body = new URLSearchParams({ grant_type: GRANT, apikey: apiKey })
    const reply = await json(await fetch(`${url}/identity/token`, { method: 'POST', body }))
    const service = { url, instance, apiKey, token: reply.access_token }
    return { rootKey: (name) => createRootKey(service, name), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
