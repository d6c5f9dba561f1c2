/**
 * The key of a body, on its way from the core's memory to the platform's AES.
 *
 * @module
 */

import { InternalError } from '../errors.js'
import type { Core } from '../wasm/instance.js'
import { view } from '../wasm/memory.js'

const KEY_LEN = 32

/**
 * Hands what the core lifted to a function, as views of its memory, and overwrites it there.
 *
 * @param work - Copies what it keeps before it returns.
 * @throws {@link InternalError} `ERR_INTERNAL` if the platform does not take the key.
 */
export function takeKey<T>(
  core: Pick<Core, 'input' | 'output' | 'memory' | 'wipe'>,
  length: number,
  work: (key: Uint8Array<ArrayBuffer>, rest: Uint8Array<ArrayBuffer>) => T,
): T {
  const lifted = view(core, length) as Uint8Array<ArrayBuffer>
  try {
    return work(lifted.subarray(0, KEY_LEN), lifted.subarray(KEY_LEN))
  } catch (cause) {
    // Not a fault of the core, which need not be replaced.
    throw new InternalError("the platform's AES takes no key", { cause })
  } finally {
    core.wipe()
  }
}
