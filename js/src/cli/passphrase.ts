/**
 * A passphrase, from a file or typed without being shown.
 *
 * @module
 */

import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { ReadStream } from 'node:tty'
import { UsageError } from './exit.js'
import { readSmall } from './input.js'

const LEN_MAX = 4096

/** Reads it; asks twice where it is to be remembered. */
export async function readPassphrase(
  file: string | undefined,
  purpose: 'encrypt' | 'decrypt',
): Promise<Uint8Array> {
  if (file !== undefined) return firstLine(await readSmall(file, LEN_MAX))
  const typed = await ask('Passphrase: ')
  if (purpose === 'encrypt') {
    const again = await ask('The same again: ')
    const same = Buffer.compare(typed, again) === 0
    again.fill(0)
    if (!same) throw new UsageError('that is not the same passphrase')
  }
  return normal(typed)
}

function firstLine(bytes: Uint8Array): Uint8Array {
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d)
  const line = normal(end === -1 ? bytes : bytes.slice(0, end))
  bytes.fill(0)
  return line
}

// Two keyboards may write the same letter in two ways.
function normal(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw new UsageError('the passphrase is empty')
  if (bytes.every((byte) => byte < 0x80)) return bytes.slice()
  return new TextEncoder().encode(new TextDecoder().decode(bytes).normalize('NFC'))
}

// From the terminal itself: standard input may be what is encrypted.
async function ask(question: string): Promise<Buffer> {
  const handle = await open('/dev/tty', 'r').catch(() => undefined)
  if (handle === undefined) {
    throw new UsageError(
      'there is no terminal to ask for the passphrase',
      'Name a file with --passphrase-file.',
    )
  }
  const { fd } = handle
  const terminal = new ReadStream(fd)
  const out = createWriteStream('/dev/tty')
  try {
    out.write(question)
    terminal.setRawMode(true)
    return await typed(terminal)
  } finally {
    terminal.setRawMode(false)
    out.end('\n')
    terminal.destroy()
  }
}

function typed(terminal: ReadStream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const bytes: number[] = []
    terminal.on('data', (chunk: Buffer) => {
      for (const byte of chunk) {
        if (byte === 0x0d || byte === 0x0a) return resolve(Buffer.from(bytes))
        if (byte === 0x03) return reject(new UsageError('interrupted'))
        if (byte === 0x7f || byte === 0x08) removeCharacter(bytes)
        else if (bytes.length < LEN_MAX) bytes.push(byte)
      }
    })
    terminal.on('error', reject)
  })
}

// One character may be several bytes.
function removeCharacter(bytes: number[]): void {
  while (bytes.length > 0) {
    const byte = bytes.pop() ?? 0
    if ((byte & 0xc0) !== 0x80) return
  }
}
