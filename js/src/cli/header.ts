/**
 * The header of a message as a table.
 *
 * @module
 */

import type { MessageField, MessageReport } from '../index.js'
import { size, type Terminal } from './terminal.js'

const TEXTS = new Set(['context key', 'context value', 'slot provider', 'slot info'])
const NUMBERS = /( length|count)$/
const HIGHLIGHTS = new Set(['slot wrapped key', 'key commitment', 'algorithm suite', 'slot info'])

/** Prints what a header says, field by field. */
export function printHeader(terminal: Terminal, report: MessageReport, message: Uint8Array): void {
  terminal.fact('suite', `0x${hex16(report.suite)}, ${report.suiteName}`)
  const frames = report.frameLength === 0 ? 'one piece' : `frames of ${size(report.frameLength)}`
  terminal.fact('body', frames)
  for (const [key, value] of Object.entries(report.context)) {
    terminal.fact('context', `${printable(key)} = ${printable(value)}`)
  }
  for (const slot of report.slots) {
    const info = printable(new TextDecoder().decode(slot.info))
    terminal.fact('slot', `${printable(slot.provider)}: ${info}`)
  }
  terminal.line()
  terminal.line(terminal.style('dim', '   offset  bytes  field                     value'))
  for (const field of report.fields) {
    const where = `${String(field.offset).padStart(6)}  ${String(field.length).padStart(5)}`
    const name = field.name.padEnd(24)
    const value = shorten(show(field, message), terminal.width - 46)
    const styled = HIGHLIGHTS.has(field.name) ? terminal.style('yellow', name) : name
    terminal.line(`   ${where}  ${styled}  ${value}`)
  }
}

function show({ name, offset, length }: MessageField, message: Uint8Array): string {
  const bytes = message.subarray(offset, offset + length)
  if (TEXTS.has(name)) return printable(new TextDecoder().decode(bytes))
  if (NUMBERS.test(name)) return String(bytes.reduce((value, byte) => value * 256 + byte, 0))
  if (name === 'content type') return bytes[0] === 2 ? '02, framed' : '01, in one piece'
  const text = new TextDecoder().decode(bytes)
  // Key Protect's wrapped keys are text, and recognised by their start.
  if (name === 'slot wrapped key' && /^[A-Za-z0-9+/=]{8,}$/.test(text)) return text
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function hex16(value: number): string {
  return value.toString(16).padStart(4, '0')
}

/** Text without what would move a cursor: much of what is shown is an attacker's to write. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '·')
}

function shorten(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, Math.max(8, most - 1))}…`
}
