/** A web server on loopback, which answers as its kind does. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens at a free port from `start` to `stop`. */
export abstract class Loopback {
  readonly #server: Server = createServer((request, response) => {
    void this.answer(request, response)
  })

  /** Answers one request. */
  protected abstract answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): void | Promise<void>

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
}
