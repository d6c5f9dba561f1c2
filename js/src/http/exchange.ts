/**
 * One HTTP request and its reply, bounded in time and in size.
 *
 * @module
 */

import { orAborted } from '../abort.js'
import { concat } from '../bytes.js'
import type { Clock } from './clock.js'
import type { Fault, Outcome } from './retry.js'
import { readRetryAfter } from './retry.js'

/** What a client is given instead of the platform's `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** A request as it goes out. */
export interface HttpRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

/** A reply, whole, as bytes; whoever reads it overwrites it. */
export interface HttpReply {
  readonly status: number
  readonly correlationId: string | undefined
  readonly retryAfter_ms: number | undefined
  readonly body: Uint8Array<ArrayBuffer>
}

/** What bounds one request. */
export interface ExchangeBounds {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly timeout_ms: number
  readonly signal: AbortSignal | undefined
}

const REPLY_LEN_MAX = 4 << 20

class TimeUp extends Error {}
class TooLong extends Error {}

/**
 * Runs something under a timer and the caller's signal; both end it at once.
 *
 * @throws the signal's reason when the caller aborts.
 */
export async function timed<T>(
  bounds: Omit<ExchangeBounds, 'fetch'>,
  work: (signal: AbortSignal) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const { clock, signal, timeout_ms } = bounds
  signal?.throwIfAborted()
  const stop = new AbortController()
  const aborted = (): void => stop.abort(signal?.reason)
  signal?.addEventListener('abort', aborted, { once: true })
  const cancel = clock.after(Math.max(0, timeout_ms), () => stop.abort(new TimeUp()))
  try {
    // A `fetch` of the caller's own may ignore the signal: nothing here waits for it.
    return await orAborted(work(stop.signal), stop.signal)
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (stop.signal.reason instanceof TimeUp) return { fault: timeUp(timeout_ms) }
    throw error
  } finally {
    cancel()
    signal?.removeEventListener('abort', aborted)
  }
}

function timeUp(timeout_ms: number): Fault {
  return {
    code: 'ERR_KMS_TIMEOUT',
    message: `no reply within ${Math.round(timeout_ms)} ms`,
    details: {},
    again: 'later',
  }
}

/** Sends a request and reads the whole reply. */
export async function exchange(
  fetch: Fetch,
  clock: Clock,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Outcome<HttpReply>> {
  const { url, method, headers, body } = request
  try {
    // Redirects are not followed: the next host would be handed the token.
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    })
    if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
      void response.body?.cancel().catch(() => {})
      return { fault: redirected(response.status) }
    }
    return {
      done: {
        status: response.status,
        correlationId: readCorrelationId(response.headers),
        retryAfter_ms: readRetryAfter(response.headers.get('retry-after'), clock.now()),
        body: await readBody(response),
      },
    }
  } catch (cause) {
    if (cause instanceof TooLong) return { fault: tooLong() }
    return {
      fault: {
        code: 'ERR_KMS_UNAVAILABLE',
        message: 'the key service cannot be reached',
        details: { cause },
        again: 'later',
      },
    }
  }
}

const CORRELATION = ['correlation-id', 'x-amzn-requestid', 'x-ms-request-id'] as const

// It ends up in errors and logs, so what is no plain id is left out.
function readCorrelationId(headers: Headers): string | undefined {
  for (const name of CORRELATION) {
    const id = headers.get(name)
    if (id !== null && /^[\w.:-]{1,128}$/.test(id)) return id
  }
  return undefined
}

async function readBody(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array(0)
  const reader = response.body.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return concat(parts)
      length += value.length
      if (length > REPLY_LEN_MAX) throw new TooLong()
      parts.push(value)
    }
  } catch (error) {
    void reader.cancel().catch(() => {})
    throw error
  } finally {
    // The reply may carry a key: what was joined is the only copy that is left.
    for (const part of parts) part.fill(0)
  }
}

function redirected(status: number): Fault {
  return {
    code: 'ERR_KMS_PROTOCOL',
    message: 'the key service sends elsewhere, and redirects are not followed',
    details: {
      status: status === 0 ? undefined : status,
      hint: 'Check that `url` is the address of the key service itself.',
    },
    again: 'never',
  }
}

function tooLong(): Fault {
  return {
    code: 'ERR_KMS_PROTOCOL',
    message: `the reply of the key service is longer than ${REPLY_LEN_MAX} bytes`,
    details: {},
    again: 'never',
  }
}
