/**
 * Data for people as columns, for programs as JSON.
 *
 * @module
 */

import { printable } from './header.js'

/** Prints rows under a heading, each column as wide as its widest cell. */
export function columns(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows.map((row) => row.map(printable))]
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

/** Prints data as JSON. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
