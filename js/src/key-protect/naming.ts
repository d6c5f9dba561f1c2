/**
 * What a root key of Key Protect is called, found out once.
 *
 * @module
 */

import { Shared } from '../http/shared.js'
import { type RootKeyDescription, readOneDescription } from './description.js'
import { checkName, type Name, nameFromCrn } from './name.js'
import type { Transport } from './transport.js'

/** The name of one root key, which is looked up at the first call that needs it. */
export class Naming {
  readonly #transport: Transport
  readonly #asked: string
  readonly #shared: Shared<Name>
  #name: Name | undefined

  constructor(transport: Transport, asked: string, name?: Name) {
    this.#transport = transport
    this.#asked = asked
    this.#shared = new Shared(transport.clock, transport.settings.deadline_ms)
    this.#name = name ?? nameFromCrn(asked, transport.settings.instance)
  }

  /** Asks the service what it knows about the key. */
  async describe(signal: AbortSignal | undefined): Promise<RootKeyDescription> {
    const path = `/keys/${encodeURIComponent(this.#name?.id ?? this.#asked)}/metadata`
    const call = { method: 'GET', path, repeatable: true, signal } as const
    const reply = await this.#transport.send({ what: 'describe the key', ...call })
    return readOneDescription(reply, 'a request for a key')
  }

  /**
   * Its id and its CRN.
   *
   * An alias may be moved to another key: what it meant at first is what this object stands for.
   */
  async resolve(signal: AbortSignal | undefined): Promise<Name> {
    if (this.#name !== undefined) return this.#name
    const named = await this.#shared.join(async (stop) => {
      const { id, crn } = await this.describe(stop)
      return checkName({ id, crn }, this.#asked, this.#transport.settings.instance)
    }, signal)
    this.#name ??= named
    return this.#name
  }
}
