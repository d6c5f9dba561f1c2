/**
 * `tsutsumi decrypt`.
 *
 * @module
 */

import { Envelope } from '../index.js'
import { type Finish, makeCommand } from './command.js'
import { type CipherOptions, transform, withCipher } from './encrypt.js'
import { EXIT, UsageError } from './exit.js'
import { openRootKeys, ROOT_KEYS } from './root-keys.js'
import type { Command } from './vendor/commander.js'

interface DecryptOptions extends CipherOptions {
  readonly anyContext?: boolean
}

/** Declares the command. */
export function decryptCommand(finish: Finish): Command {
  const command = makeCommand('decrypt [options] [file]', {
    summary: 'decrypt a file or a pipe',
    about:
      'Decrypts a message from a file or standard input. Takes constant memory whatever the ' +
      'length. Opens messages of the AWS Encryption SDK, suite 0x0478, whoever wrote them.',
    examples: `  tsutsumi decrypt -k orders -c tenant=acme -o ledger.csv ledger.sealed
  tsutsumi decrypt -k passphrase < photos.tar.sealed | tar x`,
    more: `${ROOT_KEYS}

The context has to be the one that the message was encrypted with, pair for pair, unless
--any-context is given.
A file appears under its name only once all of it was found authentic; it is readable by its owner
alone, and a failure leaves nothing. What goes into a pipe is authentic too, but whether it is whole
shows at the end: when the exit code is not 0, discard what came out.`,
    environment: true,
  })
  return withCipher(command)
    .option('--any-context', 'take any context')
    .action(async (file: string | undefined, options: DecryptOptions) => {
      if (options.anyContext === true && options.context !== undefined) {
        throw new UsageError('--context and --any-context exclude each other')
      }
      const rootKeys = await openRootKeys(options, 'decrypt')
      const context = options.anyContext === true ? 'unchecked' : (options.context ?? {})
      const stream = new Envelope({ rootKeys }).decryptStream({ context })
      await transform(file, options, { what: 'decrypted', binary: '', mode: 0o600, stream })
      finish(EXIT.done)
    })
}
