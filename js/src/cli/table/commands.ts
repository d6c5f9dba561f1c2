/**
 * What can be done with a table.
 *
 * @module
 */

import { type Context, Envelope } from '../../index.js'
import type { KeyTable } from '../../table.js'
import { collect, type Finish, makeCommand, type Texts, withConnection } from '../command.js'
import { addContextPair } from '../context.js'
import { EXIT, UsageError } from '../exit.js'
import { readSmall } from '../input.js'
import { writeAtomically } from '../output.js'
import { openRootKeys, ROOT_KEYS, type RootKeyOptions } from '../root-keys.js'
import { columns, json } from '../table-print.js'
import type { Command } from '../vendor/commander.js'

interface TableOptions extends RootKeyOptions {
  readonly context?: Context
  readonly force?: boolean
  readonly json?: boolean
}

type Change = 'promote' | 'enable' | 'disable' | 'destroy'

const TABLE_LEN_MAX = 8 << 20

const CHANGES: Readonly<Record<Change, Pick<Texts, 'summary' | 'about'>>> = {
  promote: {
    summary: 'have another key of a table seal',
    about: 'Has another key of a table seal from now on. All enabled keys open.',
  },
  enable: { summary: 'enable a key of a table', about: 'Enables a key that was disabled.' },
  disable: {
    summary: 'keep a key of a table from opening records',
    about: 'Disables a key: what it sealed does not open until it is enabled again.',
  },
  destroy: {
    summary: 'take the material of a key out of a table',
    about: 'Takes the material of a key out of a table: what it sealed never opens again.',
  },
}

function tableIn(usage: string, texts: Texts): Command {
  const more = texts.more === undefined ? ROOT_KEYS : `${texts.more}\n\n${ROOT_KEYS}`
  return withConnection(makeCommand(usage, { ...texts, more, environment: true }))
    .argument('<file>', 'the table')
    .option('-k, --root-key <key>', 'root key; may be repeated', collect)
    .option(
      '-c, --context <name=value>',
      'one pair of the context; may be repeated',
      addContextPair,
    )
    .option('--passphrase-file <file>', 'file whose first line is the passphrase')
}

/** Declares the command. */
export function createCommand(finish: Finish): Command {
  return tableIn('create [options] <file>', {
    summary: 'make a table of one new key',
    about: 'Makes a table of one new key and writes it into a file.',
    examples: '  tsutsumi table create -k orders -c app=shop shop.table',
  })
    .option('-f, --force', 'replace the file if it is there')
    .action(async (file: string, options: TableOptions) => {
      const rootKeys = await openRootKeys(options, 'encrypt')
      const { context = {} } = options
      const table = await new Envelope({ rootKeys }).createTable({ context })
      try {
        await save(file, table, options.force === true)
      } finally {
        table.dispose()
      }
      finish(EXIT.done)
    })
}

/** Declares the command. */
export function rotateCommand(finish: Finish): Command {
  return tableIn('rotate [options] <file>', {
    summary: 'give a table a new key that seals from now on',
    about:
      'Gives a table a new key, which seals from now on; the older ones still open. The file is ' +
      'replaced as a whole. Prints the id of the new key.',
    examples: '  tsutsumi table rotate -k orders -c app=shop shop.table',
    more: `Programs that opened the file before know nothing of the new key: have all of them open
it anew before records under that key reach them, or add it first and promote it later.`,
  }).action(async (file: string, options: TableOptions) => {
    const id = await change(file, options, (table) => table.rotate())
    process.stdout.write(`${id}\n`)
    finish(EXIT.done)
  })
}

/** Declares the command. */
export function changeCommand(finish: Finish, name: Change): Command {
  return tableIn(`${name} [options] <file> <id>`, {
    ...CHANGES[name],
    examples: `  tsutsumi table ${name} -k orders shop.table 305419896`,
  })
    .argument('<id>', 'of the key, as `tsutsumi table keys` shows it')
    .action(async (file: string, id: string, options: TableOptions) => {
      if (!/^\d{1,10}$/.test(id)) throw new UsageError(`\`${id}\` is no id of a key`)
      await change(file, options, (table) => table[name](Number(id)))
      finish(EXIT.done)
    })
}

/** Declares the command. */
export function keysCommand(finish: Finish): Command {
  return tableIn('keys [options] <file>', {
    summary: 'list the keys of a table',
    about: 'Lists the keys of a table; never their material.',
    examples: '  tsutsumi table keys -k orders -c app=shop shop.table',
  })
    .option('--json', 'print JSON')
    .action(async (file: string, options: TableOptions) => {
      const table = await open(file, options)
      const keys = table.keys()
      table.dispose()
      const rows = keys.map((key) => [
        String(key.id),
        key.status,
        key.primary ? 'seals' : '',
        key.kind,
        key.prefix,
      ])
      const heading = ['id', 'status', 'primary', 'kind', 'prefix']
      process.stdout.write(options.json === true ? json(keys) : columns(heading, rows))
      finish(EXIT.done)
    })
}

async function open(file: string, options: TableOptions): Promise<KeyTable> {
  const rootKeys = await openRootKeys(options, 'decrypt')
  const { context = {} } = options
  const message = await readSmall(file, TABLE_LEN_MAX)
  return new Envelope({ rootKeys }).openTable(message, { context })
}

async function change<T>(
  file: string,
  options: TableOptions,
  work: (table: KeyTable) => T,
): Promise<T> {
  const table = await open(file, options)
  try {
    const result = work(table)
    await save(file, table, true)
    return result
  } finally {
    table.dispose()
  }
}

async function save(file: string, table: KeyTable, force: boolean): Promise<void> {
  const message = await table.save()
  const stream = new Blob([message]).stream()
  await writeAtomically(file, stream, { force, mode: 0o600 })
}
