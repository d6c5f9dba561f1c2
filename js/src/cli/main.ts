/**
 * The command line: what to do, and how it ended.
 *
 * @module
 */

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
import { Terminal } from './terminal.js'
import { Command, CommanderError } from './vendor/commander.js'

/**
 * Runs a command.
 *
 * @param args - As typed, without the program's name.
 * @returns The exit code.
 */
export async function main(args: readonly string[]): Promise<number> {
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
      'Envelope encryption under root keys that somebody else controls: in IBM Key Protect, or in ' +
      'a service that speaks its API; or under a key of your own.',
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
  const command = makeCommand('inspect <file>', {
    summary: 'the header of a message, field by field; needs no key',
    about: 'Shows the header of a message, field by field. Needs no key, and checks nothing.',
    examples: '  tsutsumi inspect ledger.sealed',
  })
  return command.argument('<file>', 'a message').action(async (file: string) => {
    finish(await inspectFile(new Terminal(process.stdout, process.env), file))
  })
}
