/** Messages that others published, and a root key that gives the data key that goes with them. */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Context, Envelope, RootKey } from 'tsutsumi'
import { adoptDataKey } from '../../dist/data-key.js'
import { enter } from '../../dist/wasm/instance.js'
import { send } from '../../dist/wasm/memory.js'
import { collect } from './streams.js'

/** Where they are: the compiled tests are one folder deeper than their sources. */
export const folder: string = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url))

/** Why a test does without the vectors; false where they are. */
export const missing: string | false = existsSync(folder)
  ? false
  : 'the published vectors are not in ../shared/vectors'

/** A file of vectors. */
export function published(path: string): Buffer {
  return readFileSync(folder + path)
}

/** A root key that unwraps every slot of a message into one data key. */
export function staticRootKey(provider: string, dataKey: Uint8Array): RootKey {
  return {
    provider,
    id: 'static',
    wrap: () => Promise.reject(new Error('only unwraps')),
    unwrap: async () => adoptDataKey(enter((core) => core.dataKeyLand(send(core, dataKey)))),
  }
}

/** Bytes cut at places that look random and are the same every time. */
function cut(bytes: Uint8Array, seed: number): ReadableStream<Uint8Array> {
  let [state, at] = [seed, 0]
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const length = seed === 0 ? 1 : (state >>> 8) % 129
      controller.enqueue(bytes.subarray(at, at + length))
      at += length
    },
  })
}

/** What came of decrypting: the plaintext, or the code of the error. */
export type Outcome = Uint8Array | string

async function outcome(work: Promise<Uint8Array>): Promise<Outcome> {
  try {
    return await work
  } catch (error) {
    const code: unknown = Reflect.get(error as object, 'code')
    if (typeof code !== 'string') throw error
    return code
  }
}

/** Decrypts whole, byte by byte, and cut at random places. */
export async function byEveryPath(
  envelope: Envelope,
  message: Uint8Array,
  requiredContext: Context = {},
): Promise<readonly Outcome[]> {
  const options = { context: 'unchecked', requiredContext } as const
  const whole = envelope.decrypt(message, options).then(({ plaintext }) => plaintext)
  const streams = [0, 1, 2, 3].map((seed) => {
    return collect(cut(message, seed).pipeThrough(envelope.decryptStream(options)))
  })
  return await Promise.all([whole, ...streams].map(outcome))
}
