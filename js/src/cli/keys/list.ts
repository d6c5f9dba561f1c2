/**
 * `tsutsumi keys list`, `get` and `versions`.
 *
 * @module
 */

import type { Finish, ServiceOptions } from '../command.js'
import { EXIT } from '../exit.js'
import { columns, json } from '../table-print.js'
import type { Command } from '../vendor/commander.js'
import { keyCommand, openService, showKey, showKeys } from './service.js'

interface ListOptions extends ServiceOptions {
  readonly destroyed?: boolean
}

/** Declares the command. */
export function listCommand(finish: Finish): Command {
  return keyCommand('list [options]', {
    summary: 'list root keys',
    about: 'Lists the root keys that the credentials may see.',
    examples: `  tsutsumi keys list
  tsutsumi keys list --json | jq -r '.[].crn'`,
  })
    .option('--destroyed', 'also those that were destroyed')
    .action(async (options: ListOptions) => {
      const destroyed = options.destroyed === true
      const keys = await openService(options).listRootKeys({ destroyed })
      process.stdout.write(options.json === true ? json(keys) : showKeys(keys))
      finish(EXIT.done)
    })
}

/** Declares the command. */
export function getCommand(finish: Finish): Command {
  return keyCommand('get [options] <key>', {
    summary: 'what the service knows about a root key',
    about: 'Shows what the service knows about a root key; never its material.',
    examples: '  tsutsumi keys get orders',
  })
    .argument('<key>', 'id, alias or CRN')
    .action(async (key: string, options: ServiceOptions) => {
      const description = await openService(options).key(key).describe()
      process.stdout.write(showKey(description, options.json))
      finish(EXIT.done)
    })
}

/** Declares the command. */
export function versionsCommand(finish: Finish): Command {
  return keyCommand('versions [options] <key>', {
    summary: 'list the versions of a root key',
    about: 'Lists the versions of a root key, newest first: that one wraps, all of them unwrap.',
    examples: '  tsutsumi keys versions orders',
  })
    .argument('<key>', 'id, alias or CRN')
    .action(async (key: string, options: ServiceOptions) => {
      const versions = await openService(options).key(key).versions()
      const rows = versions.map(({ id, created }) => [id, created ?? ''])
      const text = options.json === true ? json(versions) : columns(['version', 'created'], rows)
      process.stdout.write(text)
      finish(EXIT.done)
    })
}
