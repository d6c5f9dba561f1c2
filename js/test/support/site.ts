/** A web server for pages of tests. */

import { createReadStream, existsSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { Loopback } from './loopback.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves folders, the first that has a file; pages get a policy. */
export class Site extends Loopback {
  /** Requests that reached a place where a redirect points to. */
  redirected = 0
  /** Content security policy by page. */
  readonly policies = new Map<string, string>()
  readonly #folders: readonly string[]

  constructor(...folders: string[]) {
    super()
    this.#folders = folders
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*, authorization')
    this.#answer(request.method === 'OPTIONS', new URL(request.url ?? '/', 'http://x'), response)
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
