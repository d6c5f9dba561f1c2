/**
 * `tsutsumi encrypt`.
 *
 * @module
 */

import { type Context, Envelope } from '../index.js'
import { collect, type Finish, makeCommand, withConnection } from './command.js'
import { addContextPair } from './context.js'
import { EXIT } from './exit.js'
import { watch } from './files.js'
import { openInput } from './input.js'
import { requireNoTerminal, writeAtomically, writeStdout } from './output.js'
import { Progress } from './progress.js'
import { openRootKeys, ROOT_KEYS, type RootKeyOptions } from './root-keys.js'
import { Terminal } from './terminal.js'
import type { Command } from './vendor/commander.js'

/** Options of a command that turns bytes into other bytes. */
export interface CipherOptions extends RootKeyOptions {
  readonly output?: string
  readonly context?: Context
  readonly force?: boolean
  readonly quiet?: boolean
}

/** Adds the options of a command that turns bytes into other bytes. */
export function withCipher(command: Command): Command {
  return withConnection(
    command
      .argument('[file]', 'what to read; `-` or nothing is standard input')
      .option('-k, --root-key <key>', 'root key; may be repeated', collect)
      .option('-o, --output <file>', 'what to write; `-` or nothing is standard output')
      .option(
        '-c, --context <name=value>',
        'one pair of the context; may be repeated',
        addContextPair,
      )
      .option('-f, --force', 'replace the output if it is there')
      .option('-q, --quiet', 'no progress bar')
      .option('--passphrase-file <file>', 'file whose first line is the passphrase'),
  )
}

/** Runs bytes through a stream, from where to where the options say. */
export async function transform(
  file: string | undefined,
  options: CipherOptions,
  work: {
    readonly what: string
    readonly binary: string
    readonly mode: number
    readonly stream: ReadableWritablePair<Uint8Array, Uint8Array>
  },
): Promise<void> {
  const toFile = options.output !== undefined && options.output !== '-'
  if (!toFile && work.binary !== '') requireNoTerminal(work.binary)
  const input = await openInput(file)
  const terminal = new Terminal(process.stderr, process.env)
  const shown = terminal.live && options.quiet !== true && (toFile || process.stdout.isTTY !== true)
  const progress = shown ? new Progress(terminal, work.what, input.length) : undefined
  const watched = input.stream.pipeThrough(watch((chunk) => progress?.add(chunk.length)))
  const result = watched.pipeThrough(work.stream)
  try {
    if (toFile) {
      const how = { force: options.force === true, mode: work.mode }
      await writeAtomically(options.output ?? '', result, how)
    } else {
      await writeStdout(result)
    }
  } catch (error) {
    progress?.clear()
    throw error
  }
  progress?.end()
}

/** Declares the command. */
export function encryptCommand(finish: Finish): Command {
  const command = makeCommand('encrypt [options] [file]', {
    summary: 'encrypt a file or a pipe under root keys',
    about:
      'Encrypts a file or standard input under one root key or several. Takes constant memory ' +
      'whatever the length. The result is a message of the AWS Encryption SDK, suite 0x0478.',
    examples: `  tsutsumi encrypt -k orders -c tenant=acme -o ledger.sealed ledger.csv
  tar c photos | tsutsumi encrypt -k passphrase > photos.tar.sealed
  tsutsumi encrypt -k crn:v1:… -k file:backup.key -o db.sealed db.dump   either key opens it`,
    more: `${ROOT_KEYS}

The context is stored with the message, in clear; decrypting asks for the same pairs again.
A file appears under its name only once it is whole; it is not replaced without --force.`,
    environment: true,
  })
  return withCipher(command).action(async (file: string | undefined, options: CipherOptions) => {
    const rootKeys = await openRootKeys(options, 'encrypt')
    const { context = {} } = options
    const stream = new Envelope({ rootKeys }).encryptStream({ context })
    await transform(file, options, { what: 'encrypted', binary: 'a message', mode: 0o666, stream })
    finish(EXIT.done)
  })
}
