/**
 * The state of the embedded key service in a file.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { CommandError } from './exit.js'
import { readSmall } from './input.js'

/** Writes a file so that it is either the old one or the new one, whatever happens. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`
  const file = await open(part, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
  // The new name has to survive a loss of power as well; not every system can be asked for that.
  const folder = await open(dirname(path), 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** The master key of a state file: read from a file of its own, or made there. */
export async function masterKeyAt(path: string, mayMake: boolean): Promise<Uint8Array> {
  if (existsSync(path)) {
    const bytes = await readSmall(path, 4096)
    if (bytes.length === 32) return bytes
    throw new CommandError(`\`${path}\` is no master key: it has ${bytes.length} bytes, not 32`)
  }
  if (!mayMake) {
    throw new CommandError(
      `\`${path}\` is missing, and without the master key nothing opens the state`,
    )
  }
  const bytes = Uint8Array.from(randomBytes(32))
  await replaceFile(path, bytes)
  return bytes
}

/** Keeps what is in memory in a file, one writing at a time, the newest last. */
export class StateFile {
  readonly #path: string
  readonly #snapshot: () => Uint8Array
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(path: string, snapshot: () => Uint8Array) {
    this.#path = path
    this.#snapshot = snapshot
  }

  /** What an earlier run left. */
  static async read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return existsSync(path) ? Uint8Array.from(await readFile(path)) : undefined
  }

  /** Done when the file has everything that was changed before the call. */
  save(): Promise<void> {
    // Whoever comes while a writing waits for its turn is served by that one.
    this.#next ??= this.#writing.then(async () => {
      this.#next = undefined
      await replaceFile(this.#path, this.#snapshot())
    })
    const next = this.#next
    this.#writing = next.catch(() => {})
    return next
  }
}
