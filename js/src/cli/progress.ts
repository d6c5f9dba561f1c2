/**
 * How far a long piece of work is.
 *
 * @module
 */

import { size, type Terminal, time } from './terminal.js'

const BAR_LEN = 28
const REDRAW_MS = 100

/** A bar with rate and time left; one line at the end where nobody watches. */
export class Progress {
  readonly #terminal: Terminal
  readonly #what: string
  readonly #total: number | undefined
  readonly #begun: number = performance.now()
  #done = 0
  #drawn = 0

  /** @param total - How much there is to do, where that is known. */
  constructor(terminal: Terminal, what: string, total: number | undefined) {
    this.#terminal = terminal
    this.#what = what
    this.#total = total
  }

  /** Some more bytes are done. */
  add(bytes: number): void {
    this.#done += bytes
    const now = performance.now()
    if (now - this.#drawn < REDRAW_MS) return
    this.#drawn = now
    this.#terminal.redraw(this.#text())
  }

  /** Takes the bar away. */
  clear(): void {
    this.#terminal.redraw('')
  }

  /** All is done: leaves the last line standing. */
  end(): void {
    this.#terminal.redraw('')
    const took_ms = performance.now() - this.#begun
    const rate = `${size((this.#done / Math.max(took_ms, 0.1)) * 1000)}/s`
    this.#terminal.fact(this.#what, `${size(this.#done)} in ${time(took_ms)}, ${rate}`)
  }

  #text(): string {
    const took_ms = performance.now() - this.#begun
    const rate = `${size((this.#done / Math.max(took_ms, 0.1)) * 1000)}/s`
    const what = this.#terminal.style('dim', this.#what.padEnd(18))
    if (this.#total === undefined) return `   ${what} ${size(this.#done)}  ${rate}`
    const part = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total)
    const full = Math.round(part * BAR_LEN)
    const bar = '█'.repeat(full) + this.#terminal.style('dim', '░'.repeat(BAR_LEN - full))
    const left = part > 0.01 ? `, ${time((took_ms * (1 - part)) / part)} left` : ''
    const percent = `${Math.floor(part * 100)} %`.padStart(5)
    return `   ${what} ${bar} ${percent}  ${rate}${left}`
  }
}
