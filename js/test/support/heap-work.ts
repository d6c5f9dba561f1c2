/**
 * A program that does a day's work, then writes down all that JavaScript still holds: a heap
 * snapshot, and the contents of every live buffer but the memories of the modules.
 */

import { openSync, writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { types } from 'node:util'
import { writeHeapSnapshot } from 'node:v8'
import { DataKey, Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { Objects } from 'tsutsumi/object'
import { loadFormats } from '../../dist/wasm/formats.js'
import { core } from '../../dist/wasm/instance.js'
import { through } from './streams.js'

/** What the program is told. */
export interface HeapTask {
  readonly service: { readonly url: string; readonly instance: string; readonly apiKey: string }
  readonly snapshot: string
  readonly buffers: string
  /** Whether to keep copies of what passes by, as careless programs do. */
  readonly careless: boolean
}

const task = JSON.parse(process.argv[2] ?? '') as HeapTask
const kept: unknown[] = []

/** Keeps each key in another form. */
function keep(body: Uint8Array): void {
  const text = /"plaintext":"([^"]+)"/.exec(Buffer.from(body).toString())?.[1]
  if (text === undefined) return
  const bytes = Buffer.from(text, 'base64')
  const forms = [
    `key ${text}`,
    bytes.toString('hex'),
    new Uint8Array(bytes),
    bytes.toString('latin1'),
  ]
  kept.push(forms[kept.length % forms.length])
}

async function listening(url: string, init: RequestInit): Promise<Response> {
  if (init.body instanceof Uint8Array) keep(init.body)
  return fetch(url, init)
}

async function work(): Promise<readonly [table: object, stored: Uint8Array]> {
  const kms = keyProtect(task.careless ? { ...task.service, fetch: listening } : task.service)
  const rootKey = await kms.createRootKey({ name: 'heap' })
  const envelope = new Envelope({ rootKey })
  const plaintext = new TextEncoder().encode('order 17: 3 boxes')
  for (let round = 0; round < 5; round++) {
    const dataKey = DataKey.generate()
    const slot = await rootKey.wrap(dataKey)
    dataKey.dispose()
    ;(await rootKey.unwrap(slot)).dispose()
    await envelope.decrypt(await envelope.encrypt(plaintext))
    const message = await through(new Uint8Array(200_000), envelope.encryptStream())
    await through(message, envelope.decryptStream())
  }
  const objects = new Objects({ rootKey })
  const { body, slots } = await objects.seal(new Uint8Array(50_000))
  await objects.open(body, { slots })
  const stored = await (await envelope.createTable()).save()
  const table = await envelope.openTable(stored)
  table.open(table.seal('4242', { row: '17' }), { row: '17' })
  // Node's `fetch` keeps the last reply until the next one comes, which has to be a longer one.
  await kms.listRootKeys()
  return [table, stored]
}

function post(session: Session, method: string, params: object): Record<string, unknown> {
  let answer: object | undefined
  session.post(method, params, (error, result) => {
    if (error) throw error
    answer = result
  })
  if (answer === undefined) throw new Error(`${method} does not answer at once`)
  return answer as Record<string, unknown>
}

/** Every live object of a kind, after a collection. */
function living(kind: string): object[] {
  const session = new Session()
  session.connect()
  const { result } = post(session, 'Runtime.evaluate', { expression: `${kind}.prototype` })
  const { objectId } = result as { objectId: string }
  const { objects } = post(session, 'Runtime.queryObjects', { prototypeObjectId: objectId })
  post(session, 'Runtime.callFunctionOn', {
    objectId: (objects as { objectId: string }).objectId,
    functionDeclaration: 'function () { globalThis.living = this }',
  })
  session.disconnect()
  const found = Reflect.get(globalThis, 'living') as object[]
  Reflect.deleteProperty(globalThis, 'living')
  return found
}

const [table, stored] = await work()
const own = new Set<object>([core.memory.buffer, (await loadFormats()).memory.buffer])
const file = openSync(task.buffers, 'w')
let count = 0
// Uint8Array first: small ones have no buffer of their own until somebody asks for it.
for (const one of [...living('Uint8Array'), ...living('ArrayBuffer')]) {
  // Prototypes are found too, and are neither.
  const isBuffer = types.isArrayBuffer(one)
  if (!(isBuffer ? one.byteLength > 0 : ArrayBuffer.isView(one))) continue
  const view = isBuffer ? new Uint8Array(one) : (one as Uint8Array)
  if (own.has(view.buffer)) continue
  writeSync(file, view)
  count += 1
}
writeHeapSnapshot(task.snapshot)
const said = { buffers: count, stored: Buffer.from(stored).toString('base64') }
process.stdout.write(JSON.stringify({ ...said, kept: kept.length, alive: typeof table }))
