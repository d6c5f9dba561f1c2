/**
 * Being asked to end: what has to be removed is removed, whoever asks.
 *
 * @module
 */

import { EXIT } from './exit.js'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Runs something if the program is asked to end, or if nobody reads its output any more. */
export class Interruption {
  readonly #stop = new AbortController()
  readonly #undo: () => void
  readonly #ended = (signal: NodeJS.Signals): void => this.#end(signal)
  readonly #unheard = (): void => this.#end('SIGPIPE')

  /** @param undo - Synchronous; runs just before the program ends. */
  constructor(undo: () => void) {
    this.#undo = undo
    for (const signal of SIGNALS) process.on(signal, this.#ended)
    // The reader of a pipe went away: there is nobody to go on for.
    process.stdout.on('error', this.#unheard)
  }

  /** Aborted when the program is asked to end. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Listens no more. */
  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#ended)
    process.stdout.off('error', this.#unheard)
  }

  #end(signal: NodeJS.Signals): void {
    this.#stop.abort(new Error(`ended by ${signal}`))
    this.#undo()
    process.exit(signal === 'SIGPIPE' ? EXIT.failed : EXIT.interrupted)
  }
}
