/**
 * A temporary folder that goes away however the program ends.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interruption } from './interruption.js'

/** Where a command keeps its files. */
export class Workspace {
  readonly folder: string
  readonly #interruption: Interruption

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-'))
    this.folder = folder
    this.#interruption = new Interruption(() => rmSync(folder, { recursive: true, force: true }))
  }

  /** Aborted when the program is asked to end. */
  get signal(): AbortSignal {
    return this.#interruption.signal
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
    this.#interruption.dispose()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
