/**
 * `tsutsumi keys create` and `tsutsumi keys import`.
 *
 * @module
 */

import { collect, type Finish, type ServiceOptions } from '../command.js'
import { EXIT, UsageError } from '../exit.js'
import { readSmall } from '../input.js'
import type { Command } from '../vendor/commander.js'
import { keyCommand, openService, showKey } from './service.js'

interface CreateOptions extends ServiceOptions {
  readonly alias?: readonly string[]
  readonly description?: string
}

interface ImportOptions extends CreateOptions {
  readonly material: string
}

/** Bytes that root keys have. */
const MATERIAL_LENS = [16, 24, 32]

/** Declares the command. */
export function createCommand(finish: Finish): Command {
  return withNames(
    keyCommand('create [options] <name>', {
      summary: 'create a root key',
      about: 'Creates a root key whose material never leaves the service.',
      examples: `  tsutsumi keys create orders --alias orders
  tsutsumi keys create orders --json | jq -r .crn`,
    }),
  )
    .option('--description <text>', 'for people')
    .action(async (name: string, options: CreateOptions) => {
      const { alias, description } = options
      const made = await openService(options).createRootKey({
        name,
        ...(alias === undefined ? {} : { aliases: alias }),
        ...(description === undefined ? {} : { description }),
      })
      process.stdout.write(showKey(await made.describe(), options.json))
      finish(EXIT.done)
    })
}

/** Declares the command. */
export function importCommand(finish: Finish): Command {
  return withNames(
    keyCommand('import [options] <name>', {
      summary: 'import a root key from material of your own',
      about:
        'Imports a root key. The material goes to the service over TLS; keep your copy safe, or ' +
        'destroy it.',
      examples: `  head -c 32 /dev/urandom > orders.key
  tsutsumi keys import orders --material orders.key --alias orders`,
    }),
  )
    .requiredOption('--material <file>', '16, 24 or 32 bytes; `-` is standard input')
    .action(async (name: string, options: ImportOptions) => {
      const material = await readMaterial(options.material)
      try {
        const { alias } = options
        const names = alias === undefined ? { name } : { name, aliases: alias }
        const made = await openService(options).createRootKey({ ...names, material })
        process.stdout.write(showKey(await made.describe(), options.json))
      } finally {
        material.fill(0)
      }
      finish(EXIT.done)
    })
}

function withNames(command: Command): Command {
  return command
    .argument('<name>', 'for people; 2 to 90 characters')
    .option('--alias <alias>', 'stands for the id; may be repeated', collect)
}

/** Reads key material. */
export async function readMaterial(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const material = await readSmall(path, 4096)
  if (MATERIAL_LENS.includes(material.length)) return material
  const { length } = material
  material.fill(0)
  throw new UsageError(
    `\`${path}\` has ${length} bytes, where a root key has 16, 24 or 32`,
    'It has to be the bytes themselves: decode base64 or hex first.',
  )
}
