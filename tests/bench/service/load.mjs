// Requests as fast as they are answered, and how long each took.
import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Sends one request and returns its status, headers and body. */
export function send(url, { method = 'GET', headers = {}, body = '' }) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (answer) => {
      const parts = []
      answer.on('data', (part) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const { statusCode: status, headers } = answer
        resolve({ status, headers, body: Buffer.concat(parts).toString() })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
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
