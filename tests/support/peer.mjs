// A program of another language as a peer: one request and one reply a line, in JSON.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const REPLY_LIMIT_MS = 120_000

/** The peer would not do it: what a test of a refusal waits for. */
export class Refused extends Error {}

/** A running peer; ends with {@link Peer.close}. */
export class Peer {
  #child
  #replies
  #stderr = ''
  #name
  #last = Promise.resolve()

  constructor(name, command, args, options = {}) {
    this.#name = name
    this.#child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.on('error', (error) => {
      this.#stderr += String(error)
    })
    // A peer that is gone shows as a missing reply, with what it said.
    this.#child.stdin.on('error', () => {})
    this.#child.stderr.on('data', (data) => {
      this.#stderr = (this.#stderr + data).slice(-4000)
    })
    const lines = createInterface({ input: this.#child.stdout })
    this.#replies = lines[Symbol.asyncIterator]()
  }

  /** Asks one thing at a time; rejects with {@link Refused} if the peer refuses. */
  ask(request) {
    const reply = this.#last.then(() => this.#exchange(request))
    this.#last = reply.catch(() => {})
    return reply
  }

  async #exchange(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    let timer
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.#name} gives no reply`)), REPLY_LIMIT_MS)
    })
    try {
      const { value, done } = await Promise.race([this.#replies.next(), late])
      if (done) throw new Error(`${this.#name} ended: ${this.#stderr}`)
      const reply = JSON.parse(value)
      if (reply.refused !== undefined) throw new Refused(reply.refused)
      return reply
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the peer. */
  async close() {
    this.#child.stdin.end()
    if (this.#child.exitCode === null) {
      const timer = setTimeout(() => this.#child.kill(), 5000)
      await new Promise((done) => this.#child.once('close', done))
      clearTimeout(timer)
    }
  }
}
