/** The vectors of this project, read by the npm package: whole, and as streams in pieces. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Envelope, isTsutsumiError, wrappingKey } from 'tsutsumi'

interface MessageVector {
  readonly name: string
  readonly expect: string
  readonly context: Readonly<Record<string, string>>
  readonly message: string
  readonly plaintext?: string
}

interface MessageFile {
  readonly keys: readonly {
    readonly namespace: string
    readonly name: string
    readonly key: string
  }[]
  readonly tests: readonly MessageVector[]
}

const PIECES = [1, 100]

function load<T>(name: string): T {
  const url = new URL(`../../tests/vectors/${name}`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as T
}

const file = load<MessageFile>('messages.json')

function reader(): Envelope {
  const [key] = file.keys
  assert(key !== undefined)
  const { namespace, name } = key
  return new Envelope({ rootKey: wrappingKey(Buffer.from(key.key, 'hex'), { namespace, name }) })
}

type Open = (message: Uint8Array<ArrayBuffer>, vector: MessageVector) => Promise<Uint8Array>

async function openStream(
  envelope: Envelope,
  message: Uint8Array<ArrayBuffer>,
  { context }: MessageVector,
  piece: number,
): Promise<Uint8Array> {
  let at = 0
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at >= message.length) return controller.close()
      controller.enqueue(message.slice(at, at + piece))
      at += piece
    },
  })
  const stream = envelope.decryptStream({ context })
  stream.context.catch(() => {})
  const chunks: Uint8Array[] = []
  for await (const chunk of source.pipeThrough(stream)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Whether a vector comes out as it says. */
async function matches(vector: MessageVector, open: Open): Promise<boolean> {
  try {
    const message = new Uint8Array(Buffer.from(vector.message, 'base64'))
    const plaintext = await open(message, vector)
    const expected = Buffer.from(vector.plaintext ?? '', 'base64')
    return vector.expect === 'ok' && expected.equals(plaintext)
  } catch (error) {
    if (!isTsutsumiError(error)) throw error
    return error.code === vector.expect
  }
}

function paths(): readonly (readonly [name: string, open: Open])[] {
  const envelope = reader()
  const whole: Open = async (message, { context }) =>
    (await envelope.decrypt(message, { context })).plaintext
  const streams = PIECES.map(
    (piece) =>
      [
        `stream of ${piece}`,
        (message, vector) => openStream(envelope, message, vector, piece),
      ] as const satisfies readonly [string, Open],
  )
  return [['whole', whole], ...streams]
}

for (const [name, open] of paths()) {
  test(`every message is opened or refused as it says: ${name}`, async (t) => {
    const wrong: string[] = []
    let opened = 0
    for (const vector of file.tests) {
      if (!(await matches(vector, open))) wrong.push(vector.name)
      if (vector.expect === 'ok') opened += 1
    }
    t.diagnostic(`${file.tests.length} vectors, ${opened} opened`)
    assert.deepEqual(wrong, [])
    assert(file.tests.length >= 140 && opened >= 20)
  })
}

test('control: an altered vector is noticed', async () => {
  const [path] = paths()
  assert(path !== undefined)
  for (const vector of file.tests) {
    const altered = { ...vector, expect: vector.expect === 'ok' ? 'ERR_OPEN_FAILED' : 'ok' }
    assert(!(await matches(altered, path[1])), vector.name)
  }
})
