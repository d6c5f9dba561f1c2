// A proxy in front of a store, which misbehaves on request. The host is passed on: it is signed.
import { createServer, request } from 'node:http'

export class FaultProxy {
  /** Looked at in order: `{ when(request), times, do(request, response, pass) }`. */
  faults = []
  #server
  #target

  static async start(target) {
    const proxy = new FaultProxy()
    proxy.#target = new URL(target)
    proxy.#server = createServer((incoming, response) => {
      proxy.#answer(incoming, response).catch(() => response.destroy())
    })
    await new Promise((done) => proxy.#server.listen(0, '127.0.0.1', done))
    return proxy
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`
  }

  async stop() {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  async #answer(incoming, response) {
    const parts = []
    for await (const part of incoming) parts.push(part)
    const asked = { method: incoming.method, url: incoming.url, headers: incoming.headers }
    const pass = () => this.#pass(asked, Buffer.concat(parts))
    const fault = this.faults.find(({ when, times }) => times > 0 && when(asked))
    if (fault === undefined) return send(response, await pass())
    fault.times -= 1
    await fault.do(response, pass)
  }

  #pass({ method, url, headers }, body) {
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.#target
      const plain = { ...headers, 'content-length': body.length }
      delete plain['transfer-encoding']
      const call = request({ hostname, port, method, path: url, headers: plain }, (reply) => {
        const parts = []
        reply.on('data', (part) => parts.push(part))
        reply.on('error', reject)
        reply.on('end', () => {
          resolve({ status: reply.statusCode, headers: reply.headers, body: Buffer.concat(parts) })
        })
      })
      call.on('error', reject)
      call.end(body)
    })
  }
}

function send(response, { status, headers, body }) {
  const own = { ...headers }
  delete own['transfer-encoding']
  delete own.connection
  response.writeHead(status, own)
  response.end(body)
}

/** Answers with an error of S3's. */
export const refuse = (status, code) => async (response) => {
  const body = Buffer.from(`<?xml version="1.0"?><Error><Code>${code}</Code></Error>`)
  const headers = { 'content-type': 'application/xml', 'content-length': body.length }
  send(response, { status, headers, body })
}

/** Breaks the connection before anything is answered. */
export const cut = async (response) => response.destroy()

/** Breaks the connection in the middle of the body. */
export const cutBody = async (response, pass) => {
  const { status, headers, body } = await pass()
  response.writeHead(status, headers)
  response.write(body.subarray(0, body.length >> 1))
  setTimeout(() => response.destroy(), 50)
}

/** Sends half the body as if it were all of it. */
export const halve = async (response, pass) => {
  const { status, headers, body } = await pass()
  const half = body.subarray(0, body.length >> 1)
  send(response, { status, headers: { ...headers, 'content-length': half.length }, body: half })
}

/** Answers with other headers. */
export const withHeaders = (more) => async (response, pass) => {
  const reply = await pass()
  send(response, { ...reply, headers: { ...reply.headers, ...more } })
}
