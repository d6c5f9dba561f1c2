// Requests as fast as they are answered, and how long each took. On bare sockets, because a client
// library would need more of the core than the servers that are measured.
import { connect } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')

/** One connection, opened when it is needed and again after a server closed it. */
class Connection {
  #socket
  #waiting
  #parts = []

  constructor(port) {
    this.port = port
  }

  /** Sends the bytes of one request and returns status, head and body of the answer. */
  send({ bytes, bodiless }) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, bodiless, length: undefined }
      if (this.#socket === undefined) this.#open()
      this.#socket.write(bytes)
    })
  }

  close() {
    this.#socket?.destroy()
  }

  #open() {
    const socket = connect(this.port, '127.0.0.1')
    socket.setNoDelay(true)
    socket.on('data', (part) => this.#take(part))
    const end = (error) => {
      // One that was let go after its answer has nothing to do with what waits by now
      if (this.#socket !== socket) return
      this.#socket = undefined
      this.#waiting?.reject(error)
    }
    socket.on('error', end)
    socket.on('close', () => end(new Error(`port ${this.port} closed before it answered`)))
    this.#socket = socket
  }

  #take(part) {
    this.#parts.push(part)
    const whole = this.#parts.length === 1 ? part : Buffer.concat(this.#parts)
    this.#parts = [whole]
    const end = whole.indexOf(HEAD_END)
    if (end < 0) return
    const head = whole.latin1Slice(0, end)
    const length = this.#waiting.bodiless ? 0 : lengthOf(head)
    if (whole.length < end + 4 + length) return
    this.#parts = []
    const { resolve } = this.#waiting
    this.#waiting = undefined
    if (/^connection: close/im.test(head)) {
      const socket = this.#socket
      this.#socket = undefined
      socket.destroy()
    }
    const body = whole.latin1Slice(end + 4, end + 4 + length)
    resolve({ status: Number(head.slice(9, 12)), head, body })
  }
}

function lengthOf(head) {
  const [, length] = /^content-length: *(\d+)/im.exec(head) ?? []
  if (length !== undefined) return Number(length)
  if (/^transfer-encoding:/im.test(head)) throw new Error('chunked answers are not understood')
  return 0
}

/** The bytes of a request, put together once. */
export function request(method, path, headers = {}, body = '') {
  const all = { host: '127.0.0.1', ...headers, 'content-length': Buffer.byteLength(body) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const bytes = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  return { bytes, bodiless: method === 'HEAD' }
}

/** Connections to the server at a URL, by number. */
export function connections(url) {
  const port = Number(new URL(url).port)
  const open = []
  return {
    at: (index) => {
      open[index] ??= new Connection(port)
      return open[index]
    },
    close: () => {
      for (const connection of open.splice(0)) connection?.close()
    },
  }
}

/** Calls again and again on each connection; returns the latencies in milliseconds, sorted. */
export async function drive(call, { connections, seconds }) {
  const latencies = []
  const end = performance.now() + seconds * 1000
  const loop = async (connection) => {
    for (let turn = 0; performance.now() < end; turn++) {
      const start = performance.now()
      await call(connection, turn)
      latencies.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, index) => loop(index)))
  return latencies.sort((a, b) => a - b)
}

export function percentile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}
