/**
 * Requests to a store: signed elsewhere, hashed, and tried again here.
 *
 * @module
 */

import { platformClock, sleep } from '../../http/clock.js'
import { nonsense, refusalOf, StoreError } from '../error.js'
import { named } from './body.js'
import type { S3FetchOptions } from './s3-fetch.js'
import { pathOf } from './s3-names.js'
import { elements, textAt } from './xml.js'

/** A body. */
export type Bytes = Uint8Array<ArrayBuffer>

/** One request. */
export interface Call {
  readonly method: string
  readonly action: string
  readonly key?: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Bytes
  readonly signal?: AbortSignal | undefined
}

const ATTEMPTS_MAX = 3
const WAIT_BASE_MS = 200
const REPLY_LEN_MAX = 8 << 20

/** Sends requests about one bucket. */
export class Wire {
  readonly #options: S3FetchOptions
  readonly #bucket: string

  constructor(options: S3FetchOptions, bucket: string) {
    this.#options = options
    this.#bucket = bucket
  }

  /** A reply of XML; one that begins with success and ends in an error is an error. */
  async text(call: Call): Promise<string> {
    const text = await bounded(await this.send(call))
    if (elements(text, 'Error').length > 0) {
      throw refusalOf(call.action, { status: 200, reason: textAt(text, 'Code') })
    }
    return text
  }

  /** A reply that is a success. */
  async send(call: Call): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(call)
      } catch (error) {
        const again = error instanceof StoreError && error.retryable && attempt < ATTEMPTS_MAX
        if (!again) throw error
        const wait_ms = platformClock.random() * WAIT_BASE_MS * 2 ** attempt
        await sleep(platformClock, wait_ms, call.signal)
      }
    }
  }

  async #once({ method, action, key, query, headers, body, signal }: Call): Promise<Response> {
    signal?.throwIfAborted()
    const path = key === undefined ? '' : `/${pathOf(key)}`
    const url = `${this.#options.url}/${this.#bucket}${path}${queryOf(query)}`
    const hash = await hashOf(body)
    const init: RequestInit = {
      method,
      headers: { ...headers, 'x-amz-content-sha256': hash },
      redirect: 'manual',
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    }
    const { fetch } = this.#options
    const reply = await fetch(url, init).catch((cause: unknown) => {
      signal?.throwIfAborted()
      throw refusalOf(action, { cause })
    })
    if (reply.ok) return reply
    const text = await bounded(reply).catch(() => '')
    const requestId = reply.headers.get('x-amz-request-id') ?? undefined
    throw refusalOf(action, { status: reply.status, reason: textAt(text, 'Code'), requestId })
  }
}

const NO_BODY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

async function hashOf(body: Bytes | undefined): Promise<string> {
  if (body === undefined) return NO_BODY
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function queryOf(query: Call['query']): string {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
  const pairs = given.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

async function bounded(reply: Response): Promise<string> {
  const parts: string[] = []
  const decoder = new TextDecoder()
  let length = 0
  for await (const piece of named(reply.body)) {
    length += piece.length
    if (length > REPLY_LEN_MAX) throw nonsense('more than it should')
    parts.push(decoder.decode(piece, { stream: true }))
  }
  return parts.join('') + decoder.decode()
}
