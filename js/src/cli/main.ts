/**
 * The command line: what to do, and how it ended.
 *
 * @module
 */

import { FORMATS, type Format } from '../explain/report.js'
import { describe, type Finish, makeCommand } from './command.js'
import { decryptCommand } from './decrypt.js'
import { demo } from './demo.js'
import { doctorCommand } from './doctor.js'
import { encryptCommand } from './encrypt.js'
import { EXIT, exitCode, explain, UsageError } from './exit.js'
import { inspectFile } from './inspect.js'
import { keysCommand } from './keys.js'
import { packageVersion } from './package.js'
import { serveCommand } from './serve.js'
import { tableCommand } from './table.js'
import { Terminal } from './terminal.js'
import { Command, CommanderError, Option } from './vendor/commander.js'

/**
 * Runs a command.
 *
 * @param args - As typed, without the program's name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
  for (const out of [process.stdout, process.stderr]) out.on('error', readerGone)
  let code: number = EXIT.done
  const program = makeProgram((ended) => {
    code = ended
  })
  try {
    if (args.length === 0) throw new UsageError('a command is missing', HELP_HINT)
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return fromParser(error)
    process.stderr.write(explain(error))
    return exitCode(error)
  }
}

// `tsutsumi inspect file | head` closes the pipe before all is said: the command goes on unheard.
function readerGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

const HELP_WIDTH = 100
const HELP_HINT = '`tsutsumi --help` lists the commands.'

// The parser has said by now what it has to say.
function fromParser(error: CommanderError): number {
  if (error.code === 'commander.help') {
    process.stderr.write(explain(new UsageError('a command is missing', HELP_HINT)))
  }
  return error.exitCode === 0 ? EXIT.done : EXIT.usage
}

function makeProgram(finish: Finish): Command {
  const program = describe(new Command('tsutsumi'), {
    summary: '',
    about:
      'Envelope encryption under root keys that somebody else controls: IBM Key Protect, AWS ' +
      'KMS, Google Cloud KMS, Azure Key Vault, Vault or OpenBao, or a key of your own.',
    examples: `  npx tsutsumi demo                     the whole job, without any account
  npx tsutsumi serve --state keys.db    a key service on this machine, for development
  npx tsutsumi encrypt --help           what a command does, with examples`,
  })
  program.version(packageVersion(), '-V, --version')
  const commands = [
    demoCommand(finish),
    encryptCommand(finish),
    decryptCommand(finish),
    inspectCommand(finish),
    keysCommand(finish),
    tableCommand(finish),
    serveCommand(finish),
    doctorCommand(finish),
  ]
  for (const command of commands) program.addCommand(command)
  settle(program)
  return program
}

// Every command of the tree reports to `main`, which alone ends the program.
function settle(command: Command): void {
  command.exitOverride().configureOutput({
    getOutHelpWidth: () => HELP_WIDTH,
    getErrHelpWidth: () => HELP_WIDTH,
    outputError: (text, write) => {
      write(text.replace(/^error: /, 'tsutsumi: '))
      write(`\`${pathOf(command)} --help\` says how it is used.\n`)
    },
  })
  for (const below of command.commands) settle(below)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

function demoCommand(finish: Finish): Command {
  const command = makeCommand('demo [file]', {
    summary: 'the whole job, with a key service inside the program',
    about:
      'Shows the whole job on a file, or on a sample, with a key service inside the program: ' +
      'encrypts it as a stream, shows the header, decrypts it, and shows what is refused. ' +
      'Nothing is sent anywhere; what is written is in a temporary folder that is removed.',
    examples: `  tsutsumi demo
  tsutsumi demo ledger.csv`,
  })
  return command
    .argument('[file]', 'what to encrypt; a sample if there is none')
    .action(async (file: string | undefined) => {
      finish(await demo(new Terminal(process.stdout, process.env), file))
    })
}

function inspectCommand(finish: Finish): Command {
  const command = makeCommand('inspect [--as <format>] <file>', {
    summary: 'what a file is, field by field; needs no key',
    about:
      'Explains a message, key table, record, object, slot, JWE, envelope of Tink, or metadata ' +
      'of the S3 Encryption Client, field by field. Needs no key, and checks nothing.',
    examples:
      '  tsutsumi inspect ledger.sealed\n' +
      '  tsutsumi inspect --as object backup.sealed   # an object does not say what it is',
  })
  return command
    .argument('<file>', 'the file')
    .addOption(new Option('--as <format>', 'which format it is').choices(FORMATS))
    .action(async (file: string, { as }: { as?: Format }) => {
      finish(await inspectFile(new Terminal(process.stdout, process.env), file, as))
    })
}
