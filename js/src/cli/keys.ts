/**
 * `tsutsumi keys`: root keys of Key Protect.
 *
 * @module
 */

import { describe, type Finish } from './command.js'
import { createCommand, importCommand } from './keys/create.js'
import { deleteCommand, disableCommand, enableCommand, restoreCommand } from './keys/lifecycle.js'
import { getCommand, listCommand, versionsCommand } from './keys/list.js'
import { rotateCommand } from './keys/rotate.js'
import { Command } from './vendor/commander.js'

/** Declares the commands. */
export function keysCommand(finish: Finish): Command {
  const command = describe(new Command('keys'), {
    summary: 'root keys in IBM Key Protect: create, import, list, rotate and others',
    about: 'Manages root keys of IBM Key Protect, or of a service that speaks its API.',
    examples: `  tsutsumi keys create orders --alias orders
  tsutsumi keys list
  tsutsumi keys rotate orders`,
    environment: true,
  })
  const commands = [
    createCommand(finish),
    importCommand(finish),
    listCommand(finish),
    getCommand(finish),
    rotateCommand(finish),
    versionsCommand(finish),
    disableCommand(finish),
    enableCommand(finish),
    deleteCommand(finish),
    restoreCommand(finish),
  ]
  for (const below of commands) command.addCommand(below)
  return command
}
