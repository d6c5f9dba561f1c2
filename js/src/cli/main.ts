/**
 * The command line: what to do, and how it ended.
 *
 * @module
 */

import { parseArgs } from 'node:util'
import { isTsutsumiError } from '../index.js'
import { demo } from './demo.js'
import { inspectFile } from './inspect.js'
import { packageVersion } from './package.js'
import { Terminal } from './terminal.js'

const HELP = `tsutsumi: envelope encryption under root keys that somebody else controls

Usage
  tsutsumi demo [FILE]     the whole job with a key service inside the program: seal FILE (or a
                           sample) as a stream, look at the header, open it, and see refusals
  tsutsumi inspect FILE    the header of a message, field by field; needs no key
  tsutsumi --help
  tsutsumi --version

Nothing is sent anywhere. What the demo writes is in a temporary folder that is removed at the end.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
`

/**
 * Runs a command.
 *
 * @param args - As typed, without the program's name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, process.env)
  let values: { help?: boolean; version?: boolean }
  let positionals: string[]
  try {
    const options = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const
    ;({ values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true }))
  } catch (error) {
    return usage((error as Error).message)
  }
  const [command, file, ...more] = positionals
  if (values.version === true) {
    terminal.line(packageVersion())
    return 0
  }
  if (values.help === true || command === 'help') {
    terminal.write(HELP)
    return 0
  }
  if (command === undefined) return usage('a command is missing')
  if (more.length > 0) return usage(`\`${more[0]}\` is one argument too many`)
  try {
    if (command === 'demo') return await demo(terminal, file)
    if (command === 'inspect') {
      return file === undefined ? usage('a file is missing') : await inspectFile(terminal, file)
    }
    return usage(`there is no command \`${command}\``)
  } catch (error) {
    return failed(error)
  }
}

function usage(message: string): number {
  process.stderr.write(`tsutsumi: ${message}\n\n${HELP}`)
  return 2
}

function failed(error: unknown): number {
  if (isTsutsumiError(error)) {
    process.stderr.write(`tsutsumi: ${error.code}: ${error.message}\n`)
    if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`)
    return 1
  }
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`tsutsumi: ${message}\n`)
  return 1
}
