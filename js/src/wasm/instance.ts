/**
 * The one instance of the core, and its replacement after a trap.
 *
 * A Rust panic ends in a WebAssembly trap that leaves the instance in no defined state, with keys
 * in its memory. So: overwrite the memory, detach the views that the glue keeps, start afresh.
 *
 * @module
 */

import { InternalError, isTsutsumiError } from '../errors.js'
import { coreError } from './core-error.js'
import * as glue from './glue/core_bg.js'
import { coreModule } from './load.js'

/** The exports of the core as its glue shows them. */
export type Core = typeof glue

interface Raw extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
  readonly __wbindgen_start?: () => void
}

let raw: Raw | undefined
let serial = 0

function start(): Raw {
  const instance = new WebAssembly.Instance(coreModule(), { './core_bg.js': { ...glue } })
  const exports = instance.exports as Raw
  glue.__wbg_set_wasm(exports)
  exports.__wbindgen_start?.()
  return exports
}

function abandon(dead: Raw): void {
  raw = undefined
  serial += 1
  new Uint8Array(dead.memory.buffer).fill(0)
  dead.memory.grow(0)
}

/** Number of the present instance; a handle of another one is dead. */
export function instanceSerial(): number {
  return serial
}

/** The linear memory as it is now; a call may grow it, which detaches its buffer. */
export function coreMemory(): WebAssembly.Memory {
  raw ??= start()
  return raw.memory
}

/** The exports as they are, for tests that look at the memory or force a trap. */
export function rawExports(): WebAssembly.Exports {
  raw ??= start()
  return raw
}

/**
 * Runs some calls of the core and turns what they throw into errors of this package.
 *
 * @param work - Synchronous. Whatever it throws that is no error of ours counts as a trap.
 * @throws {@link InternalError} `ERR_INTERNAL` after a trap; the instance is replaced by then.
 */
export function enter<T>(work: (core: Core) => T): T {
  raw ??= start()
  const entered = raw
  try {
    return work(glue)
  } catch (thrown) {
    if (typeof thrown === 'number') {
      glue.wipe()
      throw coreError(thrown)
    }
    if (isTsutsumiError(thrown)) throw thrown
    if (raw === entered) abandon(entered)
    throw new InternalError('the core failed and was replaced', {
      cause: thrown,
      hint: 'Keys and messages in work are lost; start again from the envelope.',
    })
  }
}
