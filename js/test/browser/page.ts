/** The cases that a browser runs; what came of them is left in `window.results`. */

import { DataKey, Envelope, inspect, isTsutsumiError, wrappingKey } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
import { owner, sealFor } from './owner.js'

/** What came of one case. */
export interface Result {
  readonly name: string
  /** Absent when it passed. */
  readonly failure?: string
}

declare global {
  interface Window {
    results?: readonly Result[]
  }
}

const text = new TextEncoder().encode('order 17: 3 boxes')

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

async function fails(work: Promise<unknown>, code: string): Promise<void> {
  try {
    await work
  } catch (error) {
    check(isTsutsumiError(error), `no error of the package: ${String(error)}`)
    const found = Reflect.get(Object(error), 'code')
    return check(found === code, `${String(found)} instead of ${code}`)
  }
  throw new Error(`nothing was thrown instead of ${code}`)
}

function localKey(): ReturnType<typeof wrappingKey> {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return wrappingKey(bytes, { namespace: 'page', name: 'key' })
}

function random(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536)
    crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

const CASES: Readonly<Record<string, () => Promise<void>>> = {
  async 'a data key is made, wrapped and unwrapped'() {
    const rootKey = localKey()
    const dataKey = DataKey.generate()
    const slot = await rootKey.wrap(dataKey, { context: { a: '1' } })
    ;(await rootKey.unwrap(slot, { context: { a: '1' } })).dispose()
    await fails(rootKey.unwrap(slot), 'ERR_OPEN_FAILED')
    dataKey.dispose()
    await fails(rootKey.wrap(dataKey), 'ERR_STATE')
  },
  async 'a message is sealed and opened'() {
    const envelope = new Envelope({ rootKey: localKey() })
    for (const length of [0, 1, 65_536, 300_000]) {
      const plaintext = random(length)
      const opened = await envelope.decrypt(await envelope.encrypt(plaintext))
      check(same(opened.plaintext, plaintext), `${length} bytes differ`)
    }
  },
  async 'a stream is sealed and opened'() {
    const envelope = new Envelope({ rootKey: localKey() })
    const plaintext = random(1_000_000)
    const pipeline = new Blob([plaintext])
      .stream()
      .pipeThrough(envelope.encryptStream())
      .pipeThrough(envelope.decryptStream())
    const opened = new Uint8Array(await new Response(pipeline).arrayBuffer())
    check(same(opened, plaintext), 'the bytes differ')
  },
  async 'an aborted stream ends on both sides'() {
    const controller = new AbortController()
    const envelope = new Envelope({ rootKey: localKey() })
    const { readable, writable } = envelope.encryptStream({ signal: controller.signal })
    const write = writable.getWriter().write(random(1_000_000))
    const reader = readable.getReader()
    await reader.read()
    const reason = new Error('enough')
    controller.abort(reason)
    const seen = await Promise.allSettled([write, reader.read()])
    check(
      seen.every((one) => one.status === 'rejected' && one.reason === reason),
      'not both sides ended with the reason',
    )
  },
  async 'an abort of the writer does not wait for a reader'() {
    const { writable, readable } = new Envelope({ rootKey: localKey() }).encryptStream()
    const writer = writable.getWriter()
    const write = writer.write(random(1_000_000))
    const reason = new Error('enough')
    await writer.abort(reason)
    const seen = await Promise.allSettled([write, readable.getReader().read()])
    check(
      seen.every((one) => one.status === 'rejected'),
      'not both sides ended',
    )
  },
  async 'the context has to be the same'() {
    const envelope = new Envelope({ rootKey: localKey() })
    const context = { tenant: 'acme', ключ: '包み' }
    const message = await envelope.encrypt(text, { context })
    check(same((await envelope.decrypt(message, { context })).plaintext, text), 'the bytes differ')
    await fails(envelope.decrypt(message), 'ERR_POLICY_CONTEXT')
    await fails(envelope.decrypt(message, { context: { tenant: 'x' } }), 'ERR_POLICY_CONTEXT')
  },
  async 'an altered message is refused'() {
    const envelope = new Envelope({ rootKey: localKey() })
    const message = await envelope.encrypt(text)
    for (let at = 0; at < message.length; at++) {
      const flipped = message.slice()
      flipped[at] = (flipped[at] ?? 0) ^ 0x10
      const opened = await envelope.decrypt(flipped).then(
        () => true,
        () => false,
      )
      check(!opened, `byte ${at}`)
    }
    await fails(envelope.decrypt(message.subarray(0, -1)), 'ERR_FORMAT_TRUNCATED')
  },
  async 'a table of keys seals and opens records'() {
    const envelope = new Envelope({ rootKey: localKey() })
    const stored = await (await envelope.createTable({ context: { page: '1' } })).save()
    const table = await envelope.openTable(stored, { context: { page: '1' } })
    for (const records of [table, table.committing]) {
      const record = records.seal(text, { row: '17' })
      check(same(records.open(record, { row: '17' }), text), 'the bytes differ')
      const values = Array.from({ length: 300 }, (_, i) => ({ value: `${i} 包み` }))
      const opened = records.openAllText(records.sealAll(values).map((record) => ({ record })))
      check(
        opened.every((value, i) => value === values[i]?.value),
        'a value differs',
      )
      await fails((async () => records.open(record))(), 'ERR_OPEN_FAILED')
    }
    table.dispose()
    await fails(table.save(), 'ERR_STATE')
  },
  async 'a header is readable without a key'() {
    const message = await new Envelope({ rootKey: localKey() }).encrypt(text)
    const report = inspect(message)
    check(report.suite === 0x0478 && report.slots[0]?.provider === 'page', 'another header')
  },
  async 'wrong types are refused'() {
    const envelope = new Envelope({ rootKey: localKey() })
    for (const input of ['AgR4', null, [1], new Uint16Array(1), new Blob([text])]) {
      await fails(envelope.encrypt(input as never), 'ERR_ARGUMENT')
      await fails(envelope.decrypt(input as never), 'ERR_ARGUMENT')
    }
  },
  async 'the embedded key service does the whole job'() {
    const kms = keyProtect(await embeddedKeyProtect())
    const rootKey = await kms.createRootKey({ name: 'orders', aliases: ['orders'] })
    const envelope = new Envelope({ rootKey: kms.key('orders') })
    const message = await envelope.encrypt(text)
    check(same((await envelope.decrypt(message)).plaintext, text), 'the bytes differ')
    await rootKey.disable()
    await fails(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
  },
  async 'the embedded key service is kept as a snapshot'() {
    const masterKey = random(32)
    const first = await embeddedKeyProtect({ masterKey })
    const { id } = await keyProtect(first).createRootKey({ name: 'orders' })
    const again = await embeddedKeyProtect({ masterKey, snapshot: first.snapshot() })
    await keyProtect(again).key(id).describe()
  },
  async 'root keys come in under an import token of the embedded service'() {
    const ask = await owner(await embeddedKeyProtect())
    await ask('POST', '/import_token', {})
    const token = await ask('GET', '/import_token')
    for (const length of [16, 32]) {
      const key = { name: 'sealed', ...(await sealFor(token, random(length))) }
      const made = await ask('POST', '/keys', { metadata: {}, resources: [key] })
      check(made.status === 201, JSON.stringify(made.json))
    }
  },
  async 'the embedded key service fails on demand'() {
    const embedded = await embeddedKeyProtect()
    const kms = keyProtect(embedded)
    embedded.faults.truncate({ operation: 'list' })
    await kms.listRootKeys()
    embedded.faults.disconnect({ operation: 'list', times: 3 })
    await fails(kms.listRootKeys(), 'ERR_KMS_UNAVAILABLE')
    check(embedded.faults.left === 0, 'a fault is left')
  },
  async 'a redirect is not followed'() {
    const url = `${location.origin.replace('localhost', '127.0.0.1')}/redirect`
    const instance = '0f0e0d0c-0b0a-4908-8706-050403020100'
    const kms = keyProtect({ url, instance, token: 'secret' })
    await fails(kms.listRootKeys(), 'ERR_KMS_PROTOCOL')
  },
  async 'a key service that is not there is an error, not a wait'() {
    const instance = '0f0e0d0c-0b0a-4908-8706-050403020100'
    const kms = keyProtect({ url: 'http://127.0.0.1:1', instance, token: 'secret' })
    await fails(kms.listRootKeys(), 'ERR_KMS_UNAVAILABLE')
  },
}

const results: Result[] = []
for (const [name, run] of Object.entries(CASES)) {
  try {
    await run()
    results.push({ name })
  } catch (error) {
    results.push({ name, failure: String(error) })
  }
}
window.results = results
