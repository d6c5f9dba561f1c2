/** A web server for pages of tests. */

import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves folders, the first that has a file; pages get a policy. */
export class Site {
  /** Requests that reached a place where a redirect points to. */
  redirected = 0
  /** Content security policy by page. */
  readonly policies = new Map<string, string>()
  readonly #folders: readonly string[]
  readonly #server: Server

  constructor(...folders: string[]) {
    this.#folders = folders
    this.#server = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', '*')
      response.setHeader('access-control-allow-headers', '*, authorization')
      this.#answer(request.method === 'OPTIONS', new URL(request.url ?? '/', 'http://x'), response)
    })
  }

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

  #answer(preflight: boolean, { pathname }: URL, response: ServerResponse): void {
    if (preflight) {
      response.writeHead(204).end()
    } else if (pathname.startsWith('/redirect')) {
      response.writeHead(307, { location: '/elsewhere' }).end()
    } else if (pathname.startsWith('/elsewhere')) {
      this.redirected += 1
      response.end('{}')
    } else {
      this.#file(pathname, response)
    }
  }

  #file(path: string, response: ServerResponse): void {
    for (const folder of this.#folders) {
      const file = join(folder, normalize(path))
      if (!existsSync(file) || !statSync(file).isFile()) continue
      const policy = this.policies.get(path)
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        ...(policy === undefined ? {} : { 'content-security-policy': policy }),
      })
      createReadStream(file).pipe(response)
      return
    }
    response.writeHead(404).end()
  }
}
