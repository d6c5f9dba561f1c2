/**
 * Writing to a terminal, or to what is none.
 *
 * @module
 */

import type { WriteStream } from 'node:tty'

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

/** A style of text. */
export type Style = keyof typeof CODES

/** The output of a command: styled and redrawn on a terminal, plain lines elsewhere. */
export class Terminal {
  readonly #out: NodeJS.WriteStream | WriteStream
  readonly #styled: boolean
  /** Whether a person is watching, so that a line can be redrawn. */
  readonly live: boolean

  constructor(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#out = out
    this.live = out.isTTY === true && env['TERM'] !== 'dumb'
    const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0'
    this.#styled = env['NO_COLOR'] === undefined && (this.live || forced)
  }

  /** Columns of the terminal, within reason; 100 where there is none. */
  get width(): number {
    return Math.min(Math.max(this.#out.columns || 100, 72), 120)
  }

  /** Text in a style. */
  style(style: Style, text: string): string {
    return this.#styled ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text
  }

  /** Writes as it is. */
  write(text: string): void {
    this.#out.write(text)
  }

  /** Writes a line. */
  line(text = ''): void {
    this.#out.write(`${text}\n`)
  }

  /** A numbered heading. */
  heading(number: number, text: string): void {
    this.line(`\n${this.style('cyan', String(number))}  ${this.style('bold', text)}`)
  }

  /** A name and what it is. */
  fact(name: string, value: string): void {
    this.line(`   ${this.style('dim', name.padEnd(18))} ${value}`)
  }

  /** Draws over the present line; nothing where nobody watches. */
  redraw(text: string): void {
    if (this.live) this.#out.write(`\r\u001b[2K${text}`)
  }
}

/** A number of bytes for people. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let [value, unit] = [bytes, 0]
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** A time for people. */
export function time(duration_ms: number): string {
  if (duration_ms < 1000) return `${Math.round(duration_ms)} ms`
  if (duration_ms < 60_000) return `${(duration_ms / 1000).toFixed(1)} s`
  return `${Math.floor(duration_ms / 60_000)} min ${Math.round((duration_ms % 60_000) / 1000)} s`
}
