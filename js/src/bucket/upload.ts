/**
 * Uploads in parts: some at a time, whole or not at all.
 *
 * @module
 */

import { MisuseError } from '../errors.js'
import { platformClock, sleep } from '../http/clock.js'
import type { Parts } from './parts.js'
import type { BucketStore, PutTerms, StoredPart } from './store.js'

/** Parts of an upload, at the most. */
export const PARTS_MAX = 10_000

/** How often the end of a failed upload is tried. */
const ABORTS_MAX = 3

/** What is to be uploaded where. */
export interface Upload {
  readonly store: BucketStore
  readonly key: string
  readonly terms: PutTerms
  readonly parallel: number
}

/**
 * Uploads a first part and all that follow it.
 *
 * @param check - Told how many bytes were sent, before they become the object; may refuse.
 * @returns The ETag.
 * @throws what failed first, after the upload was aborted: no part stays behind.
 */
export async function uploadAll(
  upload: Upload,
  first: Uint8Array<ArrayBuffer>,
  rest: Parts,
  check: (sent: number) => void,
): Promise<string> {
  const { store, key, terms } = upload
  const id = await store.begin(key, terms)
  try {
    const parts = await sendAll(upload, id, first, rest)
    check(parts.reduce((sum, { size }) => sum + size, 0))
    return await store.complete(key, id, parts, terms)
  } catch (error) {
    await rest.cancel(error)
    await abort(upload, id)
    throw error
  }
}

async function sendAll(
  { store, key, terms, parallel }: Upload,
  id: string,
  first: Uint8Array<ArrayBuffer>,
  rest: Parts,
): Promise<StoredPart[]> {
  const stop = new AbortController()
  const signal =
    terms.signal === undefined ? stop.signal : AbortSignal.any([terms.signal, stop.signal])
  const sent: StoredPart[] = []
  const running = new Set<Promise<void>>()
  let failed: { readonly error: unknown } | undefined
  const send = async (number: number, body: Uint8Array<ArrayBuffer>): Promise<void> => {
    try {
      sent.push(await store.part(key, id, number, body, { signal }))
    } catch (error) {
      failed ??= { error }
      stop.abort(error)
    }
  }
  try {
    let body: Uint8Array<ArrayBuffer> | undefined = first
    for (let number = 1; body !== undefined && failed === undefined; number++) {
      if (number > PARTS_MAX) throw tooMany()
      const work: Promise<void> = send(number, body).finally(() => running.delete(work))
      running.add(work)
      if (running.size >= parallel) await Promise.race(running)
      if (failed === undefined) body = await rest.next()
    }
  } catch (error) {
    failed ??= { error }
    stop.abort(error)
  }
  // A part that arrives after the abort would stay behind.
  await Promise.all(running)
  terms.signal?.throwIfAborted()
  if (failed !== undefined) throw failed.error
  return sent.sort((a, b) => a.number - b.number)
}

function tooMany(): MisuseError {
  return new MisuseError('ERR_LIMIT', `an upload has ${PARTS_MAX} parts at the most`, {
    argument: 'source',
    hint: 'Give `length` if it is known, or a larger `partLen`.',
  })
}

// With no signal: what the caller gave up has to be cleared away all the same.
async function abort({ store, key }: Upload, id: string): Promise<void> {
  for (let tries = 0; tries < ABORTS_MAX; tries++) {
    try {
      return await store.abort(key, id, {})
    } catch {
      if (tries + 1 < ABORTS_MAX) await sleep(platformClock, 100 * 2 ** tries)
    }
  }
}
