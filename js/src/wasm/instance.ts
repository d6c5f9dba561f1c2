/**
 * Instances of the two modules, and their replacement after a trap.
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

/** The exports of the core as its glue shows them; the other module has these and more. */
export type Glue = typeof glue

/** What {@link Instance.enter} hands out: the exports, and the memory as it is now. */
export type Core<G extends Glue = Glue> = G & {
  /** A call may grow it, which detaches its buffer: take views after the call. */
  readonly memory: WebAssembly.Memory
}

interface Raw extends WebAssembly.Exports {
  readonly memory: WebAssembly.Memory
  readonly __wbindgen_start?: () => void
}

/** One module at work. */
export class Instance<G extends Glue = Glue> {
  #glue!: G
  #imports!: string
  #module!: () => WebAssembly.Module
  #core!: Core<G>
  #raw: Raw | undefined
  #serial = 0

  /**
   * Nothing is compiled before the first call.
   *
   * @param exports - The glue, which serves one instance at a time.
   * @param imports - The name under which the module imports it.
   * @param module - Where the module comes from.
   */
  constructor(exports: G, imports: string, module: () => WebAssembly.Module) {
    this.become(exports, imports, module)
  }

  /** Takes another module in place of one that was not started. */
  become(exports: G, imports: string, module: () => WebAssembly.Module): void {
    this.#glue = exports
    this.#imports = imports
    this.#module = module
    const memory = { get: () => this.#start().memory }
    this.#core = Object.defineProperty({ ...exports }, 'memory', memory) as unknown as Core<G>
  }

  /** Number of the present instance; a handle of another one is dead. */
  get serial(): number {
    return this.#serial
  }

  /** The linear memory as it is now; a call may grow it, which detaches its buffer. */
  get memory(): WebAssembly.Memory {
    return this.#start().memory
  }

  /** The exports as they are, for tests that look at the memory or force a trap. */
  get raw(): WebAssembly.Exports {
    return this.#start()
  }

  /**
   * Runs some calls of the core and turns what they throw into errors of this package.
   *
   * @param work - Synchronous. Whatever it throws that is no error of ours counts as a trap.
   * @throws {@link InternalError} `ERR_INTERNAL` after a trap; the instance is replaced by then.
   */
  enter<T>(work: (core: Core<G>) => T): T {
    const entered = this.#start()
    try {
      return work(this.#core)
    } catch (thrown) {
      if (typeof thrown === 'number') {
        this.#glue.wipe()
        throw coreError(thrown)
      }
      if (isTsutsumiError(thrown)) throw thrown
      if (this.#raw === entered) this.#abandon(entered)
      throw new InternalError('the core failed and was replaced', {
        cause: thrown,
        hint: 'Keys and messages in work are lost; start again from the envelope.',
      })
    }
  }

  #start(): Raw {
    if (this.#raw !== undefined) return this.#raw
    const imports = { [this.#imports]: { ...this.#glue } }
    const exports = new WebAssembly.Instance(this.#module(), imports).exports as Raw
    this.#glue.__wbg_set_wasm(exports)
    exports.__wbindgen_start?.()
    this.#raw = exports
    return exports
  }

  #abandon(dead: Raw): void {
    this.#raw = undefined
    this.#serial += 1
    new Uint8Array(dead.memory.buffer).fill(0)
    dead.memory.grow(0)
  }
}

/** The core: what every entry works with unless it needs the other module. */
export const core: Instance = new Instance(glue, './core_bg.js', coreModule)

/** {@link Instance.enter} of the core. */
export function enter<T>(work: (core: Core) => T): T {
  return core.enter(work)
}
