/** What JavaScript still holds after a day's work: no data key, in no form. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
import { type Backend, FaultProxy } from './support/fault-proxy.js'
import type { HeapTask } from './support/heap-work.js'

const PROGRAM = fileURLToPath(new URL('support/heap-work.js', import.meta.url))
// A snapshot cuts strings off unless it is told not to.
const FLAGS = ['--expose-gc', '--heap-snapshot-string-limit=100000000']

const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-heap-'))
const service = await embeddedKeyProtect()
const keys = new Set<string>()

/** Passes on to the service, and writes down the data keys that go by: on this side of the wire. */
const listening: Backend = async (path, init) => {
  if (init.body instanceof Uint8Array) note(Buffer.from(init.body).toString())
  const reply = await service.fetch(`${service.url}${path}`, init)
  note(await reply.clone().text())
  return reply
}

function note(text: string): void {
  for (const [, key = ''] of text.matchAll(/"plaintext":"([^"]+)"/g)) keys.add(key)
}

/** The forms of a key that a search knows, found in strings or in buffers. */
function found(snapshot: { readonly strings: readonly string[] }, buffers: Buffer, key: Buffer) {
  const base64 = key.toString('base64').slice(0, 43)
  const forms: Readonly<Record<string, string>> = {
    base64,
    base64url: base64.replaceAll('+', '-').replaceAll('/', '_'),
    hex: key.toString('hex'),
    characters: key.toString('latin1'),
  }
  const names = Object.keys(forms).filter((name) => {
    const form = forms[name] ?? ''
    const within = (text: string): boolean =>
      text.includes(form) || text.includes(form.toUpperCase())
    return snapshot.strings.some(within) || buffers.includes(form, 0, 'latin1')
  })
  return buffers.includes(key) ? [...names, 'bytes'] : names
}

/** The keys in a table, which only its message knows. */
async function tableKeys(stored: string): Promise<Buffer[]> {
  const kms = keyProtect(service)
  const ids = (await kms.listRootKeys()).map(({ id }) => kms.key(id))
  const message = new Uint8Array(Buffer.from(stored, 'base64'))
  const { plaintext } = await new Envelope({ rootKeys: ids }).decrypt(message, {
    context: 'unchecked',
  })
  const values = [
    ...Buffer.from(plaintext)
      .toString('hex')
      .matchAll(/(?:0a|12|1a)20([0-9a-f]{64})/g),
  ]
  return values.map(([, value = '']) => Buffer.from(value, 'hex'))
}

async function run(proxy: FaultProxy, careless: boolean) {
  keys.clear()
  const { instance, apiKey } = service
  const name = careless ? 'careless' : 'careful'
  const files = { snapshot: join(folder, `${name}.json`), buffers: join(folder, name) }
  const task: HeapTask = { service: { url: proxy.url, instance, apiKey }, ...files, careless }
  const args = [...FLAGS, PROGRAM, JSON.stringify(task)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const said = JSON.parse(stdout) as { readonly buffers: number; readonly stored: string }
  const snapshot = JSON.parse(readFileSync(files.snapshot, 'utf8'))
  const bytes = readFileSync(files.buffers)
  const all = [
    ...[...keys].map((key) => Buffer.from(key, 'base64')),
    ...(await tableKeys(said.stored)),
  ]
  const held = all.map((key) => found(snapshot, bytes, key))
  return { ...said, strings: snapshot.strings.length, searched: all.length, held }
}

describe('the heap after wrapping, unwrapping, sealing, opening, and work with a table', () => {
  let proxy: FaultProxy

  before(async () => {
    proxy = new FaultProxy(listening)
    await proxy.start()
  })
  after(async () => {
    await proxy.stop()
    rmSync(folder, { recursive: true })
  })

  it('holds no data key, as bytes or as text', async (test) => {
    const { held, searched, strings, buffers } = await run(proxy, false)
    test.diagnostic(`${searched} keys, ${strings} strings, ${buffers} buffers`)
    assert.ok(searched >= 18 && strings > 10_000 && buffers > 30)
    assert.deepEqual(held.flat(), [])
  })

  it('control: holds those that a careless program keeps, in every form', async () => {
    const { held } = await run(proxy, true)
    const forms = new Set(held.flat())
    for (const form of ['base64', 'bytes', 'characters', 'hex']) assert.ok(forms.has(form), form)
    assert.ok(held.filter((one) => one.length > 0).length >= 15)
  })
})
