/**
 * `tsutsumi doctor`: what works here, what does not, and what to do about it.
 *
 * @module
 */

import { collect, type Finish, makeCommand, withConnection } from './command.js'
import type { Check } from './doctor/check.js'
import { checkPage } from './doctor/page.js'
import { checkPlatform } from './doctor/platform.js'
import { checkRootKey } from './doctor/root-key.js'
import { checkService } from './doctor/service.js'
import { EXIT } from './exit.js'
import type { RootKeyOptions } from './root-keys.js'
import { json } from './table-print.js'
import { type Style, Terminal } from './terminal.js'
import type { Command } from './vendor/commander.js'

interface DoctorOptions extends RootKeyOptions {
  readonly page?: string
  readonly json?: boolean
  readonly offline?: boolean
}

const MARKS: Readonly<Record<Check['result'], readonly [mark: string, style: Style]>> = {
  good: ['ok', 'green'],
  doubtful: ['!!', 'yellow'],
  bad: ['no', 'red'],
}

/** Declares the command. */
export function doctorCommand(finish: Finish): Command {
  const command = makeCommand('doctor [options]', {
    summary: 'what works here, what does not, and what to do',
    about:
      'Checks the runtime, WebAssembly and WebCrypto; where credentials were found; whether the ' +
      'key service is reached and takes them; how far its clock is from this one; and for each ' +
      'root key its state, and that it wraps and unwraps. Says what to do about what is wrong.',
    examples: `  tsutsumi doctor
  tsutsumi doctor -k orders
  tsutsumi doctor --page https://app.example.com   the content security policy of a page`,
    more: `Exit code 0 means that nothing is wrong; 1 that something is. Nothing is changed in the
service; to see whether a root key works, a random data key is wrapped and unwrapped.`,
    environment: true,
  })
  return withConnection(command)
    .option('-k, --root-key <key>', 'root key to try; may be repeated', collect)
    .option('--passphrase-file <file>', 'file whose first line is the passphrase')
    .option('--page <address>', 'page whose content security policy to look at')
    .option('--offline', 'call nobody')
    .option('--json', 'print JSON')
    .action(async (options: DoctorOptions) => {
      const checks = await allChecks(options)
      if (options.json === true) process.stdout.write(json(checks))
      else show(new Terminal(process.stdout, process.env), checks)
      finish(checks.some(({ result }) => result === 'bad') ? EXIT.failed : EXIT.done)
    })
}

async function allChecks(options: DoctorOptions): Promise<readonly Check[]> {
  const checks = [...checkPlatform()]
  const named = options.rootKey ?? (process.env['TSUTSUMI_ROOT_KEY'] ?? '').split(/\s+/)
  const keys = named.filter((name) => name !== '')
  const offline = options.offline === true
  checks.push(...(await checkService(options, { offline, needed: keys.some(isKeyProtect) })))
  if (offline) return checks
  for (const name of keys) checks.push(...(await checkRootKey(name, options)))
  if (options.page !== undefined) checks.push(...(await checkPage(options.page)))
  return checks
}

// All others have something in them that no id, alias or CRN of Key Protect has.
function isKeyProtect(name: string): boolean {
  return name.startsWith('crn:') || (!/[:/]/.test(name) && name !== 'passphrase')
}

function show(terminal: Terminal, checks: readonly Check[]): void {
  for (const { name, result, said, advice } of checks) {
    const [mark, style] = MARKS[result]
    terminal.line(`${terminal.style(style, mark)}  ${name.padEnd(20)} ${said}`)
    if (advice !== undefined) terminal.line(`    ${''.padEnd(20)} → ${advice}`)
  }
}
