/**
 * What a command reads: a file, or standard input.
 *
 * @module
 */

import { readFile, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { CommandError } from './exit.js'
import { readFile as streamFile } from './files.js'

/** Bytes to read, and how many there are where that is known. */
export interface Input {
  readonly stream: ReadableStream<Uint8Array>
  readonly length: number | undefined
}

/** Opens a file; `-` and nothing stand for standard input. */
export async function openInput(path: string | undefined): Promise<Input> {
  if (path === undefined || path === '-') {
    const stream = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>
    return { stream, length: undefined }
  }
  const found = await stat(path)
  if (found.isDirectory()) throw new CommandError(`\`${path}\` is a folder`)
  return { stream: streamFile(path), length: found.isFile() ? found.size : undefined }
}

/** Reads a small file whole; `-` stands for standard input. */
export async function readSmall(path: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (path !== '-') {
    const found = await stat(path)
    if (found.isFile() && found.size > most) throw tooLong(path, most)
    return Uint8Array.from(await readFile(path))
  }
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin) {
    length += part.length
    if (length > most) throw tooLong('standard input', most)
    parts.push(part)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

function tooLong(what: string, most: number): CommandError {
  return new CommandError(`\`${what}\` is longer than ${most} bytes`)
}
