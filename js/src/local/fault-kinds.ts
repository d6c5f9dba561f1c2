/**
 * What each fault does to a call.
 *
 * @module
 */

import { platformClock, sleep } from '../http/clock.js'
import type { FaultOperation } from './operation.js'

/** What happens to a call. */
export type Kind =
  | { readonly name: 'refuse'; readonly status: number; readonly retryAfter_s: number | undefined }
  | { readonly name: 'delay'; readonly duration_ms: number }
  | { readonly name: 'disconnect'; readonly afterwards: boolean }
  | { readonly name: 'truncate' }

/** A fault that waits. */
export interface Planned {
  readonly kind: Kind
  readonly operation: FaultOperation | undefined
  times: number
}

/** A call that meets a fault. */
export interface Met {
  readonly operation: FaultOperation
  readonly init: RequestInit
  /** Answers it as ever. */
  answer(): Promise<Response>
}

/**
 * Carries out a fault.
 *
 * @throws TypeError where the connection breaks, as `fetch` does.
 */
export async function suffer(kind: Kind, met: Met): Promise<Response> {
  switch (kind.name) {
    case 'refuse':
      return refusal(kind.status, kind.retryAfter_s, met)
    case 'delay':
      await sleep(platformClock, kind.duration_ms, met.init.signal ?? undefined)
      return met.answer()
    case 'disconnect':
      if (kind.afterwards) await met.answer()
      throw new TypeError('the connection was broken by a fault that was asked for')
    case 'truncate':
      return half(await met.answer())
  }
}

function refusal(status: number, retryAfter_s: number | undefined, met: Met): Response {
  const text = 'a fault that was asked for'
  const code = status === 429 ? 'RATE_LIMIT_ERR' : 'INJECTED_ERR'
  const body =
    met.operation === 'token'
      ? { errorCode: code, errorMessage: text, context: { requestId: 'fault' } }
      : {
          metadata: {
            collectionType: 'application/vnd.ibm.kms.error+json',
            collectionTotal: 1,
          },
          resources: [
            { errorMsg: `${text} (${code})`, reasons: [{ code, message: text, status }] },
          ],
        }
  const headers = new Headers({ 'content-type': 'application/json' })
  if (retryAfter_s !== undefined) headers.set('retry-after', String(retryAfter_s))
  const id = new Headers(met.init.headers).get('correlation-id')
  if (id !== null) headers.set('correlation-id', id)
  return new Response(JSON.stringify(body), { status, headers })
}

async function half(whole: Response): Promise<Response> {
  const bytes = new Uint8Array(await whole.arrayBuffer())
  const first = bytes.slice(0, bytes.length >> 1)
  bytes.fill(0)
  let sent = false
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!sent && first.length > 0) controller.enqueue(first)
      else controller.error(new TypeError('the reply was cut by a fault that was asked for'))
      sent = true
    },
  })
  return new Response(body, { status: 200, headers: whole.headers })
}
