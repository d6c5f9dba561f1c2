/**
 * Where a command writes: standard output, or a file that is whole or not there.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { type FileHandle, link, open, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CommandError, UsageError } from './exit.js'
import { Interruption } from './interruption.js'

/** How a file is written. */
export interface OutputOptions {
  /** Whether a file that is there may be replaced. */
  readonly force: boolean
  /** Permissions before the umask. */
  readonly mode: number
}

/** Writes a stream to standard output, at the reader's pace. */
export async function writeStdout(stream: ReadableStream<Uint8Array>): Promise<number> {
  const interruption = new Interruption(() => {})
  let length = 0
  try {
    for await (const chunk of stream) {
      if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
      length += chunk.length
    }
  } finally {
    interruption.dispose()
  }
  return length
}

/**
 * Writes a stream into a file: under another name first, so that nobody ever finds half of it.
 *
 * Whatever fails leaves nothing. What is at the name is replaced only with `force`.
 */
export async function writeAtomically(
  path: string,
  stream: ReadableStream<Uint8Array>,
  { force, mode }: OutputOptions,
): Promise<number> {
  if (!force && existsSync(path)) throw taken(path)
  const part = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.part`)
  const interruption = new Interruption(() => rmSync(part, { force: true }))
  try {
    const file = await open(part, 'wx', mode)
    const length = await fill(file, stream)
    if (force) await rename(part, path)
    else await moveTo(part, path)
    return length
  } finally {
    rmSync(part, { force: true })
    interruption.dispose()
  }
}

async function fill(file: FileHandle, stream: ReadableStream<Uint8Array>): Promise<number> {
  let length = 0
  try {
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length; ) {
        at += (await file.write(chunk, at)).bytesWritten
      }
      length += chunk.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return length
}

// A link, unlike a renaming, fails where there is something by now.
async function moveTo(part: string, path: string): Promise<void> {
  try {
    await link(part, path)
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code')
    if (code === 'EEXIST') throw taken(path)
    // Some file systems have no links.
    if (existsSync(path)) throw taken(path)
    await rename(part, path)
  }
}

function taken(path: string): CommandError {
  return new CommandError(`\`${path}\` is there already`, 'Pass --force to replace it.')
}

/** Refuses to fill a terminal with bytes that mean nothing to a person. */
export function requireNoTerminal(what: string): void {
  if (process.stdout.isTTY !== true) return
  throw new UsageError(`${what} is not for a terminal`, 'Name a file with --output, or use a pipe.')
}
