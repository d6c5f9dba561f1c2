/**
 * `tsutsumi inspect`.
 *
 * @module
 */

import { open } from 'node:fs/promises'
import { type Clause, type Explanation, explain, type Format } from '../interop.js'
import { EXIT } from './exit.js'
import { printable } from './header.js'
import type { Terminal } from './terminal.js'

const LEN_MAX = 8 << 20
/** What a reader looks for first. */
const HIGHLIGHTS = /wrapped key$|commitment$|^algorithm suite$|^slot info$|^key id$/

/** Reads the start of a file, as much as a header may take. */
export async function readStart(path: string): Promise<Uint8Array> {
  return (await readPart(path)).bytes
}

async function readPart(
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly size: number }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const bytes = new Uint8Array(Math.min(size, LEN_MAX))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return { bytes: bytes.subarray(0, bytesRead), size }
  } finally {
    await file.close()
  }
}

/**
 * Explains what is in a file.
 *
 * @param as - Which format it is, where that has to be said.
 * @returns The exit code: 3 where the file stops making sense.
 */
export async function inspectFile(terminal: Terminal, path: string, as?: Format): Promise<number> {
  const { bytes, size } = await readPart(path)
  const found = explain(bytes, as === undefined ? { length: size } : { as, length: size })
  terminal.line(`${path}: ${found.about}; nothing of it is checked`)
  for (const [name, value] of found.facts) terminal.fact(name, printable(value))
  printClauses(terminal, found)
  // Of a file longer than what was read, the end of what was read is no fault of its own.
  const stop = found.stop
  if (stop === undefined || (size > bytes.length && stop.offset === bytes.length)) {
    return EXIT.done
  }
  terminal.line()
  const where = `at byte ${stop.offset}`
  terminal.line(`   ${terminal.style('red', 'stops making sense')} ${where}: ${stop.message}`)
  return EXIT.refused
}

function printClauses(terminal: Terminal, { clauses }: Explanation): void {
  terminal.line()
  terminal.line(terminal.style('dim', '   offset  bytes  field                     value'))
  for (const clause of clauses) terminal.line(lineOf(terminal, clause))
}

function lineOf(terminal: Terminal, { name, offset, length, value }: Clause): string {
  const where = `${String(offset).padStart(6)}  ${String(length).padStart(5)}`
  const padded = printable(name).padEnd(24)
  const styled = HIGHLIGHTS.test(name) ? terminal.style('yellow', padded) : padded
  const shown = printable(value)
  const most = Math.max(8, terminal.width - 46)
  return `   ${where}  ${styled}  ${shown.length <= most ? shown : `${shown.slice(0, most - 1)}…`}`
}
