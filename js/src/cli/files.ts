/**
 * Files as streams of bytes.
 *
 * @module
 */

import { createHash, randomInt } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'

/** Reads a file from its start, or a part of it. */
export function readFile(path: string, end?: number): ReadableStream<Uint8Array> {
  const options = { highWaterMark: 1 << 18, ...(end === undefined ? {} : { end: end - 1 }) }
  return Readable.toWeb(createReadStream(path, options)) as ReadableStream<Uint8Array>
}

/** Hands each chunk to a watcher on its way. */
export function watch(see: (chunk: Uint8Array) => void): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(chunk, controller) {
      see(chunk)
      controller.enqueue(chunk)
    },
  })
}

/** Writes a stream into a new file that nobody else can read; returns its length. */
export async function writeFile(path: string, stream: ReadableStream<Uint8Array>): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  let length = 0
  try {
    for await (const chunk of stream) {
      await file.write(chunk)
      length += chunk.length
    }
  } finally {
    await file.close()
  }
  return length
}

/** SHA-256 of a stream, in hex. */
export async function digest(stream: ReadableStream<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

/** A stream with one bit flipped at an offset. */
export function flipBit(at: number): TransformStream<Uint8Array, Uint8Array> {
  let passed = 0
  return watch((chunk) => {
    const inside = at - passed
    if (inside >= 0 && inside < chunk.length) chunk[inside] = (chunk[inside] ?? 0) ^ 1
    passed += chunk.length
  })
}

/** Something to encrypt: lines of a ledger. */
export function sample(length: number): ReadableStream<Uint8Array> {
  let [made, number] = [0, 0]
  return new ReadableStream({
    pull(controller) {
      let text = ''
      while (text.length < 65_536) {
        number += 1
        text += `${number};2026-01-${String((number % 28) + 1).padStart(2, '0')};acme;`
        text += `${randomInt(100, 100_000) / 100};EUR\n`
      }
      const bytes = new TextEncoder().encode(text).subarray(0, length - made)
      made += bytes.length
      controller.enqueue(bytes)
      if (made >= length) controller.close()
    },
  })
}
