/**
 * `tsutsumi demo`: the main job from end to end, with nothing but this program.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Context, Envelope, inspect, isTsutsumiError } from '../index.js'
import { type KeyProtectRootKey, keyProtect } from '../key-protect.js'
import { embeddedKeyProtect } from '../local.js'
import { core } from '../wasm/instance.js'
import { digest, flipBit, readFile, sample, watch, writeFile } from './files.js'
import { printHeader } from './header.js'
import { readStart } from './inspect.js'
import { Progress } from './progress.js'
import { size, type Terminal, time } from './terminal.js'
import { Workspace } from './workspace.js'

const SAMPLE_LEN = 16_000_000
const FLIP_AT = 1_000_000

interface Job {
  readonly terminal: Terminal
  readonly workspace: Workspace
  readonly envelope: Envelope
  readonly context: Context
  readonly path: string
  readonly length: number
  readonly message: string
}

/** Runs the demonstration on a file, or on a sample; returns the exit code. */
export async function demo(terminal: Terminal, file: string | undefined): Promise<number> {
  if (file !== undefined && !(await stat(file)).isFile()) throw new Error(`\`${file}\` is no file`)
  const workspace = new Workspace()
  try {
    terminal.line(terminal.style('bold', 'Envelope encryption, from end to end'))
    terminal.line('The key service runs inside this program; nothing is sent anywhere.')
    const rootKey = await startService(terminal)
    const path = file ?? (await makeSample(terminal, workspace))
    const { size: length } = await stat(path)
    await workspace.reserve(length + length / 1000 + 1_000_000)
    const context = { file: basename(path), purpose: 'demo' }
    const envelope = new Envelope({ rootKey })
    const message = workspace.file('message')
    const job = { terminal, workspace, envelope, context, path, length, message }
    const memory = core.memory.buffer.byteLength
    const before = await seal(job)
    await showHeader(job)
    const same = (await openAgain(job)) === before
    terminal.fact('the same as before', same ? terminal.style('green', 'yes') : 'NO')
    const refused = await refusals(job, rootKey)
    showMemory(terminal, memory)
    return same && refused ? 0 : 1
  } finally {
    workspace.remove()
  }
}

async function startService(terminal: Terminal): Promise<KeyProtectRootKey> {
  terminal.heading(1, 'A root key')
  const begun = performance.now()
  const embedded = await embeddedKeyProtect()
  terminal.fact('key service', `embedded, started in ${time(performance.now() - begun)}`)
  const rootKey = await keyProtect({ ...embedded }).createRootKey({ name: 'demo' })
  terminal.fact('root key', (await rootKey.describe()).crn)
  return rootKey
}

async function makeSample(terminal: Terminal, workspace: Workspace): Promise<string> {
  const path = workspace.file('ledger.csv')
  await writeFile(path, sample(SAMPLE_LEN))
  terminal.fact('sample', `${size(SAMPLE_LEN)}, as no file was given`)
  return path
}

async function seal(job: Job): Promise<string> {
  const { terminal, workspace, envelope, context, path, length, message } = job
  terminal.heading(2, `Encrypt ${basename(path)}, ${size(length)}, as a stream`)
  const progress = new Progress(terminal, 'encrypted', length)
  const hash = createHash('sha256')
  const plaintext = readFile(path).pipeThrough(
    watch((chunk) => {
      hash.update(chunk)
      progress.add(chunk.length)
    }),
  )
  const stream = envelope.encryptStream({ context, signal: workspace.signal })
  const written = await writeFile(message, plaintext.pipeThrough(stream))
  progress.end()
  const sum = hash.digest('hex')
  terminal.fact('message', `${size(written)}, ${written - length} bytes more than the file`)
  terminal.fact('SHA-256 of file', sum)
  return sum
}

async function showHeader({ terminal, message }: Job): Promise<void> {
  const start = await readStart(message)
  const report = inspect(start)
  terminal.heading(3, `The header, ${report.headerLength} bytes, readable without any key`)
  printHeader(terminal, report, start)
}

async function openAgain({ terminal, workspace, envelope, ...job }: Job): Promise<string> {
  terminal.heading(4, 'Decrypt and compare')
  const progress = new Progress(terminal, 'decrypted', job.length)
  const stream = envelope.decryptStream({ context: job.context, signal: workspace.signal })
  const plaintext = readFile(job.message)
    .pipeThrough(stream)
    .pipeThrough(watch((chunk) => progress.add(chunk.length)))
  const sum = await digest(plaintext)
  progress.end()
  terminal.fact('SHA-256 of result', sum)
  return sum
}

async function refusals(job: Job, rootKey: KeyProtectRootKey): Promise<boolean> {
  const { terminal, envelope, context, message, workspace } = job
  const { signal } = workspace
  terminal.heading(5, 'What refusal looks like')
  const { size: length } = await stat(message)
  const at = Math.min(FLIP_AT, length - 1)
  const flipped = await refusal(job, 'one bit flipped', 'ERR_OPEN_FAILED', () =>
    readFile(message)
      .pipeThrough(flipBit(at))
      .pipeThrough(envelope.decryptStream({ context, signal })),
  )
  const other = { ...context, purpose: 'something else' }
  const context_ = await refusal(job, 'another context', 'ERR_POLICY_CONTEXT', () =>
    readFile(message).pipeThrough(envelope.decryptStream({ context: other, signal })),
  )
  await rootKey.disable()
  const disabled = await refusal(job, 'root key disabled', 'ERR_KMS_KEY_STATE', () =>
    readFile(message).pipeThrough(envelope.decryptStream({ context, signal })),
  )
  const all = flipped && context_ && disabled
  if (!all) terminal.line(terminal.style('red', '   something was not refused as it should be'))
  return all
}

async function refusal(
  { terminal }: Job,
  name: string,
  code: string,
  open: () => ReadableStream<Uint8Array>,
): Promise<boolean> {
  let delivered = 0
  try {
    for await (const chunk of open()) delivered += chunk.length
  } catch (error) {
    if (!isTsutsumiError(error)) throw error
    const after =
      delivered === 0 ? 'before any byte' : `after ${size(delivered)} that are authentic`
    const style = error.code === code ? 'green' : 'red'
    terminal.fact(name, `${terminal.style(style, error.code)} ${after}: ${error.message}`)
    if (error.hint !== undefined) terminal.fact('', terminal.style('dim', error.hint))
    return error.code === code
  }
  terminal.fact(name, terminal.style('red', `opened, ${size(delivered)}`))
  return false
}

function showMemory(terminal: Terminal, before: number): void {
  terminal.heading(6, 'Memory')
  const after = core.memory.buffer.byteLength
  terminal.fact('core', `${size(before)} before, ${size(after)} after all of it`)
  terminal.fact('process, at most', size(process.resourceUsage().maxRSS * 1024))
}
