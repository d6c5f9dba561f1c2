/**
 * A `fetch` that the embedded service answers.
 *
 * @module
 */

import type { EmbeddedService } from '../wasm/glue/service_bg.js'

/** Reserved never to exist: a request that misses the `fetch` here goes nowhere. */
export const URL_OF_NOWHERE = 'https://key-protect.invalid'

/**
 * Answers one request without any network.
 *
 * @throws TypeError for an address other than {@link URL_OF_NOWHERE}.
 */
export async function answer(
  service: EmbeddedService,
  { pathname, search }: URL,
  init: RequestInit,
): Promise<Response> {
  init.signal?.throwIfAborted()
  const headers: string[] = []
  new Headers(init.headers).forEach((value, name) => {
    headers.push(name, value)
  })
  const body = await bodyOf(init)
  const reply = await service.handle(init.method ?? 'GET', pathname + search, headers, body)
  const { status } = reply
  const answered = new Headers()
  const names = reply.headers
  for (let i = 0; i + 1 < names.length; i += 2) answered.append(names[i] ?? '', names[i + 1] ?? '')
  // Statuses such as 204 refuse even an empty body.
  const bodyless = status === 204 || status === 205 || status === 304
  return new Response(bodyless ? null : streamOf(reply.body), { status, headers: answered })
}

// A response made of bytes copies them in some runtimes and reads them later in others (WebKit,
// older workerd): only as a stream are they the reader's, to be overwritten when read.
function streamOf(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes)
      controller.close()
    },
  })
}

/** Reads an address that is answered here. */
export function readAddress(url: string): URL {
  const address = new URL(url)
  if (address.origin === URL_OF_NOWHERE) return address
  throw new TypeError(`only ${URL_OF_NOWHERE} is answered here`)
}

async function bodyOf(init: RequestInit): Promise<Uint8Array> {
  if (init.body === undefined || init.body === null) return new Uint8Array(0)
  if (init.body instanceof Uint8Array) return init.body
  return new Uint8Array(await new Response(init.body).arrayBuffer())
}
