/** The package as a user gets it: packed, and installed in an empty folder. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the package's source. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/** A folder in which the packed package is installed. */
export class Consumer {
  readonly folder: string

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tsutsumi-consumer-'))
    const packed = join(this.folder, 'packed')
    mkdirSync(packed)
    const project = { name: 'consumer', version: '1.0.0', private: true, type: 'module' }
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(project))
    npm(ROOT, 'pack', '--pack-destination', packed)
    const [tarball] = readdirSync(packed)
    if (tarball === undefined) throw new Error('npm packed nothing')
    npm(this.folder, 'install', '--offline', join(packed, tarball))
  }

  /** A file in the folder. */
  file(name: string): string {
    return join(this.folder, name)
  }

  /** Copies something of the package's source into the folder. */
  copy(from: string, to: string): string {
    cpSync(join(ROOT, from), this.file(to), { recursive: true })
    return this.file(to)
  }

  /** Writes a file into the folder. */
  write(name: string, text: string): string {
    writeFileSync(this.file(name), text)
    return this.file(name)
  }

  /** Runs Node in the folder; returns what it printed. */
  node(...args: string[]): string {
    return execFileSync(process.execPath, args, { cwd: this.folder, encoding: 'utf8' })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function npm(cwd: string, ...args: string[]): void {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  execFileSync('npm', [...args, ...quiet], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}
