/**
 * A temporary folder that goes away however the program ends.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where a command keeps its files. */
export class Workspace {
  readonly folder: string
  readonly #stop = new AbortController()
  readonly #ended = (signal: NodeJS.Signals): void => this.#end(signal)
  readonly #unheard = (): void => this.#end('SIGPIPE')

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tsutsumi-'))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#ended)
    // The reader of a pipe went away: there is nobody to go on for.
    process.stdout.on('error', this.#unheard)
  }

  /** Aborted when the program is asked to end. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** A file in the folder. */
  file(name: string): string {
    return join(this.folder, name)
  }

  /** Checks that so much fits. */
  async reserve(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder)
    if (bavail * bsize >= bytes) return
    throw new Error(
      `\`${tmpdir()}\` has no room for ${bytes} bytes; set TMPDIR to a folder that has`,
    )
  }

  /** Removes the folder. */
  remove(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#ended)
    process.stdout.off('error', this.#unheard)
    rmSync(this.folder, { recursive: true, force: true })
  }

  #end(signal: NodeJS.Signals): void {
    this.#stop.abort(new Error(`ended by ${signal}`))
    rmSync(this.folder, { recursive: true, force: true })
    process.exit(signal === 'SIGPIPE' ? 1 : 130)
  }
}
