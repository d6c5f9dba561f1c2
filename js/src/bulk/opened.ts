/**
 * A body that is opened as a stream: a failure after some output says so.
 *
 * @module
 */

import { incomplete } from '../message/incomplete.js'
import type { Given } from '../message/relay.js'
import { Body, type Inside } from './body.js'

type Bytes = Uint8Array<ArrayBuffer>

/** A {@link Body} whose errors are those of a stream. */
export class OpenedBody {
  readonly #body: Body
  readonly #what: 'message' | 'object'
  #delivered = false

  constructor(inside: Inside, what: 'message' | 'object') {
    this.#body = new Body(inside)
    this.#what = what
  }

  /** As {@link Body.pieceLength}. */
  get pieceLength(): number {
    return this.#body.pieceLength
  }

  /** As {@link Body.next}. */
  get next(): Promise<unknown> | undefined {
    return this.#body.next
  }

  /** As {@link Body.push}. */
  push(piece: Bytes): Given | Promise<Given> {
    return this.#judge(() => this.#body.push(piece))
  }

  /** As {@link Body.take}. */
  async take(): Promise<Given> {
    return await this.#judge(() => this.#body.take())
  }

  /** As {@link Body.end}. */
  end(): Given | Promise<Given> {
    return this.#judge(() => this.#body.end())
  }

  /** As {@link Body.dispose}. */
  dispose(): void {
    this.#body.dispose()
  }

  #judge(work: () => Given | Promise<Given>): Given | Promise<Given> {
    const given = (bytes: Given): Given => {
      if (bytes.length > 0) this.#delivered = true
      return bytes
    }
    const failed = (error: unknown): never => {
      throw this.#delivered ? incomplete(error, this.#what) : error
    }
    try {
      const bytes = work()
      return bytes instanceof Promise ? bytes.then(given, failed) : given(bytes)
    } catch (error) {
      return failed(error)
    }
  }
}
