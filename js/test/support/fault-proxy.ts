/** A proxy in front of a key service, which misbehaves on request. */

import { once } from 'node:events'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { Loopback } from './loopback.js'

/** Answers in the service's stead. */
export type ProxyFault = (request: IncomingMessage, response: ServerResponse) => void

/** Answers as the service does: path and query below its address, and what `fetch` takes. */
export type Backend = (path: string, init: RequestInit) => Promise<Response>

/** What belongs to one connection; the host does not: it is signed. */
const HOP = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding'])

/** The proxy; `faults` are used up one by one, `lasting` stays. */
export class FaultProxy extends Loopback {
  readonly faults: ProxyFault[] = []
  lasting: ProxyFault | undefined
  /** How many requests arrived. */
  seen = 0
  readonly #backend: Backend

  constructor(backend: Backend) {
    super()
    this.#backend = backend
  }

  reset(): void {
    this.faults.length = 0
    this.lasting = undefined
    this.seen = 0
  }

  protected override async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    this.seen += 1
    const fault = this.faults.shift() ?? this.lasting
    if (fault !== undefined) return fault(request, response)
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === 'string' && !HOP.has(name)) headers.set(name, value)
    }
    const method = request.method ?? 'GET'
    const body = Uint8Array.from(Buffer.concat(parts))
    const init = { method, headers, ...(body.length === 0 ? {} : { body }) }
    const reply = await this.#backend(request.url ?? '/', init)
    const bytes = new Uint8Array(await reply.arrayBuffer())
    const own = [...reply.headers].filter(([name]) => !HOP.has(name) && name !== 'content-encoding')
    response.writeHead(reply.status, Object.fromEntries(own))
    response.end(bytes)
  }
}

/** Passes on to a server that listens somewhere, the host as it came: `fetch` would set its own. */
export function serverAt(url: string): Backend {
  return async (path, init) => {
    const headers = Object.fromEntries(new Headers(init.headers))
    const body = Buffer.from(await new Response(init.body ?? null).arrayBuffer())
    const more = { 'content-length': String(body.length) }
    const call = request(`${url}${path}`, {
      method: init.method ?? 'GET',
      headers: { ...headers, ...more },
    })
    call.end(body)
    const [reply] = (await once(call, 'response')) as [IncomingMessage]
    const parts: Buffer[] = []
    for await (const part of reply) parts.push(part as Buffer)
    const known = Object.entries(reply.headers).filter(([, value]) => typeof value === 'string')
    const status = reply.statusCode ?? 500
    const bytes = status === 204 ? null : Uint8Array.from(Buffer.concat(parts))
    return new Response(bytes, { status, headers: known as [string, string][] })
  }
}
