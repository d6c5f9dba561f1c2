/**
 * What the commands on root keys have in common.
 *
 * @module
 */

import { type KeyProtect, keyProtect, type RootKeyDescription } from '../../key-protect.js'
import { makeCommand, type ServiceOptions, type Texts, withConnection } from '../command.js'
import { findConnection, keyProtectOptions } from '../settings.js'
import { columns, json } from '../table-print.js'
import type { Command } from '../vendor/commander.js'

/** A client with the settings that were found. */
export function openService(options: ServiceOptions): KeyProtect {
  return keyProtect(keyProtectOptions(findConnection(options)))
}

/** Makes a command that talks to Key Protect. */
export function keyCommand(usage: string, texts: Texts): Command {
  return withConnection(makeCommand(usage, { ...texts, environment: true })).option(
    '--json',
    'print JSON',
  )
}

/** Prints root keys. */
export function showKeys(keys: readonly RootKeyDescription[]): string {
  const rows = keys.map((key) => [
    key.id,
    key.state,
    key.aliases.join(','),
    key.imported ? 'imported' : 'generated',
    key.created ?? '',
    key.name,
  ])
  return columns(['id', 'state', 'aliases', 'material', 'created', 'name'], rows)
}

/** Prints everything that is known about a root key. */
export function showKey(key: RootKeyDescription, asJson: boolean | undefined): string {
  if (asJson === true) return json(key)
  const facts = Object.entries(key).filter(([, value]) => value !== undefined)
  return columns(
    ['field', 'value'],
    facts.map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)]),
  )
}
