// The package as a user gets it: packed once, and installed in an empty folder.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

function npm(cwd, ...args) {
  execFileSync('npm', [...args, ...QUIET], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Makes a folder in which the packed package is installed; it goes when the process ends. */
export function consumer() {
  const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-consumer-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const packed = join(folder, 'packed')
  mkdirSync(packed)
  const project = { name: 'consumer', version: '1.0.0', private: true, type: 'module' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project))
  npm(join(ROOT, 'js'), 'pack', '--pack-destination', packed)
  npm(folder, 'install', '--offline', join(packed, readdirSync(packed)[0]))
  return folder
}
