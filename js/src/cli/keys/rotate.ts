/**
 * `tsutsumi keys rotate`.
 *
 * @module
 */

import type { Finish, ServiceOptions } from '../command.js'
import { EXIT } from '../exit.js'
import type { Command } from '../vendor/commander.js'
import { readMaterial } from './create.js'
import { keyCommand, openService, showKey } from './service.js'

interface RotateOptions extends ServiceOptions {
  readonly material?: string
}

/** Declares the command. */
export function rotateCommand(finish: Finish): Command {
  return keyCommand('rotate [options] <key>', {
    summary: 'give a root key a new version',
    about:
      'Gives a root key a new version, which wraps from now on. The older versions still unwrap, ' +
      'so nothing has to be encrypted again. The service allows one rotation an hour.',
    examples: `  tsutsumi keys rotate orders
  tsutsumi keys rotate imported --material new.key`,
  })
    .argument('<key>', 'id, alias or CRN')
    .option('--material <file>', 'new material, for an imported key; `-` is standard input')
    .action(async (name: string, options: RotateOptions) => {
      const key = openService(options).key(name)
      const { material: path } = options
      const material = path === undefined ? undefined : await readMaterial(path)
      try {
        await key.rotate(material === undefined ? {} : { material })
      } finally {
        material?.fill(0)
      }
      process.stdout.write(showKey(await key.describe(), options.json))
      finish(EXIT.done)
    })
}
