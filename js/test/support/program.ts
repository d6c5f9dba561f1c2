/** Programs of others that tests run: started, waited for, and ended. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const target = resolve(root, process.env['CARGO_TARGET_DIR'] ?? 'target')

/** A program of the Python environment that the interoperability tests set up. */
export function venv(name: string): string {
  return join(target, 'venv/bin', name)
}

/** Installs what the tests compare with, where that is not done yet and can be. */
export function setUpPrograms(...programs: readonly (string | undefined)[]): void {
  if (programs.every((program) => program !== undefined && existsSync(program))) return
  const script = join(root, 'tests/interop/support/python.mjs')
  spawnSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Why tests with one cannot run, or false. */
export function missingProgram(name: string): string | false {
  return existsSync(venv(name)) ? false : `${name} is not installed`
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Starts a program and waits until it answers at an address. */
export async function startProgram(
  program: string,
  args: readonly string[],
  url: string,
  env: Record<string, string> = {},
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } })
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code) => {
    ended = `it ended with ${code}`
  })
  for (let tries = 0; tries < 300; tries++) {
    if (ended !== undefined) throw new Error(`${program} does not start: ${ended}`)
    const answers = await fetch(url).then(
      () => true,
      () => false,
    )
    if (answers) return child
    await new Promise((done) => setTimeout(done, 100))
  }
  child.kill()
  throw new Error(`${program} does not listen at ${url}`)
}

/** Ends a program. */
export async function endProgram(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((done) => child.once('exit', done))
  child.kill()
  await ended
}
