/** A root key that keeps its callers waiting. */

import type { DataKey, RootKey, Slot, WrapOptions } from 'tsutsumi'
import { localKey } from './keys.js'

/** A root key that waits until it is let go, and counts. */
export class SlowKey implements RootKey {
  readonly provider = 'tests'
  readonly id = 'slow'
  readonly seen: WrapOptions[] = []
  wraps = 0
  unwraps = 0
  failing = false
  readonly #key = localKey('slow')
  readonly #gates: (() => void)[] = []
  #open = true

  close(): void {
    this.#open = false
  }

  open(): void {
    this.#open = true
    for (const gate of this.#gates.splice(0)) gate()
  }

  async wrap(dataKey: DataKey, options?: WrapOptions): Promise<Slot> {
    this.wraps += 1
    await this.#pass(options)
    return this.#key.wrap(dataKey, { context: options?.context ?? {} })
  }

  async unwrap(slot: Slot, options?: WrapOptions): Promise<DataKey> {
    this.unwraps += 1
    await this.#pass(options)
    return this.#key.unwrap(slot, { context: options?.context ?? {} })
  }

  async #pass(options: WrapOptions | undefined): Promise<void> {
    this.seen.push(options ?? {})
    if (!this.#open) await new Promise<void>((resolve) => this.#gates.push(resolve))
    if (this.failing) throw new Error('the service is down')
  }
}
