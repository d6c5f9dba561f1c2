/**
 * `tsutsumi inspect`.
 *
 * @module
 */

import { open } from 'node:fs/promises'
import { inspect } from '../index.js'
import { printHeader } from './header.js'
import type { Terminal } from './terminal.js'

const HEADER_LEN_MAX = 8 << 20

/** Reads the start of a file, as much as a header may take. */
export async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const bytes = new Uint8Array(Math.min(size, HEADER_LEN_MAX))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Prints the header of the message in a file. */
export async function inspectFile(terminal: Terminal, path: string): Promise<number> {
  const start = await readStart(path)
  const report = inspect(start)
  terminal.line(`${path}: header of ${report.headerLength} bytes, nothing of it checked`)
  printHeader(terminal, report, start)
  return 0
}
