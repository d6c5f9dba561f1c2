// Finds or makes what the tests stand on: Python's packages, npm's, and the native peer.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const interop = dirname(dirname(fileURLToPath(import.meta.url)))

/** The repository. */
export const root = dirname(dirname(interop))

const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')

/** The interpreter that has the packages of requirements.txt. */
export const python = () => process.env.TSUTSUMI_PYTHON ?? `${target}/venv/bin/python`

/** The program that puts the native core behind a line of JSON. */
export const nativePeer = () => `${target}/interop/release/tsutsumi-interop`

/** The root-key service as a program. */
export const serviceBinary = () =>
  process.env.TSUTSUMI_SERVICE ?? `${target}/debug/tsutsumi-service`

function run(program, args, options = {}) {
  console.log(`setup: ${program} ${args.join(' ')}`.replaceAll(`${root}/`, ''))
  execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options })
}

function works(program, args) {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function setUpPython() {
  if (
    works(python(), [
      '-c',
      'import aws_encryption_sdk, aws_cryptographic_material_providers.mpl, tink',
    ])
  ) {
    return
  }
  if (!existsSync(python())) run('python3', ['-m', 'venv', `${target}/venv`])
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet']
  run(python(), [...pip, '-r', `${interop}/requirements.txt`])
}

function setUpNpm() {
  if (existsSync(`${interop}/node_modules/.package-lock.json`)) return
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', npm, { cwd: interop })
}

/** Fails with what is missing if it cannot be made. */
export function setUp() {
  if (!existsSync(`${root}/js/dist/index.js`)) {
    throw new Error('js/dist is missing: build it with `cargo xtask build`')
  }
  setUpPython()
  setUpNpm()
  // The same versions as in the workspace, of which the peer is no part.
  copyFileSync(`${root}/Cargo.lock`, `${interop}/native/Cargo.lock`)
  const manifest = `${interop}/native/Cargo.toml`
  const dir = ['--target-dir', `${target}/interop`]
  run('cargo', ['build', '--quiet', '--release', '--manifest-path', manifest, ...dir])
}
