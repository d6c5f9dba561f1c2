/**
 * `tsutsumi table`: tables of keys for records.
 *
 * @module
 */

import { describe, type Finish } from './command.js'
import { changeCommand, createCommand, keysCommand, rotateCommand } from './table/commands.js'
import { Command } from './vendor/commander.js'

/** Declares the commands. */
export function tableCommand(finish: Finish): Command {
  const command = describe(new Command('table'), {
    summary: 'tables of keys for records: create, rotate, look',
    about:
      'Manages tables of keys. A table is a file that root keys open; a program opens it once ' +
      'and then seals and opens records, such as the fields of a database, without asking anybody.',
    examples: `  tsutsumi table create -k orders -c app=shop shop.table
  tsutsumi table rotate -k orders -c app=shop shop.table
  tsutsumi table keys -k orders -c app=shop shop.table`,
    environment: true,
  })
  command.addCommand(createCommand(finish))
  command.addCommand(rotateCommand(finish))
  command.addCommand(keysCommand(finish))
  for (const change of ['promote', 'enable', 'disable', 'destroy'] as const) {
    command.addCommand(changeCommand(finish, change))
  }
  return command
}
