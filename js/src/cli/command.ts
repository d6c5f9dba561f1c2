/**
 * What all commands have in common: how they are declared, and how their help reads.
 *
 * @module
 */

import { EXIT_CODES } from './exit.js'
import type { ConnectionOptions } from './settings.js'
import { ENVIRONMENT } from './settings.js'
import { Command } from './vendor/commander.js'

/** The texts of a command. */
export interface Texts {
  /** What it does, in a sentence or two. */
  readonly about: string
  /** For a list of commands. */
  readonly summary: string
  /** Commands to copy, each with a word on what it does. */
  readonly examples: string
  /** Whatever else there is to know. */
  readonly more?: string
  /** Whether settings from the environment count. */
  readonly environment?: boolean
}

/** Sets the exit code of the program. */
export type Finish = (code: number) => void

/** Declares a command with its texts. */
export function describe(command: Command, texts: Texts): Command {
  const parts = [
    `Examples:\n${texts.examples}`,
    texts.more,
    texts.environment === true ? ENVIRONMENT : undefined,
    EXIT_CODES,
  ]
  const after = parts.filter((part) => part !== undefined).join('\n\n')
  return command
    .description(texts.about)
    .summary(texts.summary)
    .addHelpText('after', `\n${after}`)
    .helpCommand(false)
    .allowExcessArguments(false)
}

/** Makes a command of the program. */
export function makeCommand(usage: string, texts: Texts): Command {
  return describe(new Command(usage.split(' ')[0]), texts).usage(
    usage.split(' ').slice(1).join(' '),
  )
}

/** Adds the options that say how Key Protect is reached. */
export function withConnection(command: Command): Command {
  return command
    .option('--instance <guid>', 'instance of Key Protect')
    .option('--region <name>', 'region of the instance, such as us-south')
    .option('--url <address>', 'address of the service, in place of a region')
    .option('--iam-url <address>', 'where API keys are exchanged for tokens')
    .option('--key-ring <id>', 'key ring of the root keys')
    .option('--credentials <file>', 'file with the API key, and with any of the above')
}

/** Options of a command that reaches Key Protect and may print JSON. */
export interface ServiceOptions extends ConnectionOptions {
  readonly json?: boolean
}

/** Adds one more value of an option that may be repeated. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}
