/**
 * `tsutsumi keys disable`, `enable`, `delete` and `restore`.
 *
 * @module
 */

import { createInterface } from 'node:readline/promises'
import type { KeyProtectRootKey } from '../../key-protect.js'
import type { Finish, ServiceOptions, Texts } from '../command.js'
import { EXIT, UsageError } from '../exit.js'
import type { Command } from '../vendor/commander.js'
import { keyCommand, openService, showKey } from './service.js'

interface DeleteOptions extends ServiceOptions {
  readonly yes?: boolean
}

/** Declares the command. */
export function disableCommand(finish: Finish): Command {
  return changing(finish, 'disable', (key) => key.disable(), {
    summary: 'close everything under a root key, until it is enabled',
    about: 'Disables a root key: nothing under it can be encrypted or decrypted until `enable`.',
    examples: '  tsutsumi keys disable orders',
  })
}

/** Declares the command. */
export function enableCommand(finish: Finish): Command {
  return changing(finish, 'enable', (key) => key.enable(), {
    summary: 'enable a root key that was disabled',
    about: 'Enables a disabled root key. The service asks to wait for 30 seconds after disabling.',
    examples: '  tsutsumi keys enable orders',
  })
}

/** Declares the command. */
export function restoreCommand(finish: Finish): Command {
  return changing(finish, 'restore', (key) => key.restore(), {
    summary: 'bring a destroyed root key back',
    about:
      'Brings a destroyed root key back, and what is under it. Possible from 30 seconds to 30 ' +
      'days after it was destroyed.',
    examples: `  tsutsumi keys list --destroyed
  tsutsumi keys restore 02fd6835-6001-4482-a892-13bd2085f75d`,
  })
}

function changing(
  finish: Finish,
  name: string,
  change: (key: KeyProtectRootKey) => Promise<void>,
  texts: Texts,
): Command {
  return keyCommand(`${name} [options] <key>`, texts)
    .argument('<key>', 'id, alias or CRN')
    .action(async (id: string, options: ServiceOptions) => {
      const key = openService(options).key(id)
      await change(key)
      process.stdout.write(showKey(await key.describe(), options.json))
      finish(EXIT.done)
    })
}

/** Declares the command. */
export function deleteCommand(finish: Finish): Command {
  return keyCommand('delete [options] <key>', {
    summary: 'destroy a root key and everything encrypted under it',
    about:
      'Destroys a root key: nothing that was encrypted under it can be decrypted any more. It ' +
      'can be restored for 30 days, then it is gone. Asks on a terminal; elsewhere it needs --yes.',
    examples: `  tsutsumi keys delete orders
  tsutsumi keys delete orders --yes`,
  })
    .argument('<key>', 'id, alias or CRN')
    .option('-y, --yes', 'do not ask')
    .action(async (id: string, options: DeleteOptions) => {
      const key = openService(options).key(id)
      if (options.yes !== true) await ask(id)
      await key.delete()
      finish(EXIT.done)
    })
}

async function ask(id: string): Promise<void> {
  if (process.stdin.isTTY !== true) {
    throw new UsageError(`\`${id}\` would be destroyed`, 'Pass --yes if that is what you want.')
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const said = await lines.question(`Everything under \`${id}\` is lost. Type its name again: `)
    if (said.trim() !== id) throw new UsageError('that is another name: nothing was destroyed')
  } finally {
    lines.close()
  }
}
