/**
 * Objects that live in an instance, held by number.
 *
 * @module
 */

import { MisuseError } from '../errors.js'
import type { Core, Glue, Instance } from './instance.js'

interface Held {
  readonly instance: Instance
  readonly serial: number
  readonly id: number
}

function release(held: Held): void {
  // A number of an instance that is gone may stand for something else in the present one.
  if (held.serial !== held.instance.serial) return
  try {
    held.instance.enter((core) => core.free(held.id))
  } catch {
    // Nobody can do more about it: after a trap the memory is overwritten by now.
  }
}

// Some runtimes have none, such as workerd before 2025: there, what is not disposed of stays.
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry<Held>(release)

/** A number of an instance's, freed exactly once: by hand, by use, or when it is forgotten. */
export class Handle<G extends Glue = Glue> {
  /** Where the object lives. */
  readonly instance: Instance<G>
  readonly #what: string
  #held: Held | undefined

  constructor(instance: Instance<G>, what: string, id: number) {
    this.instance = instance
    this.#what = what
    this.#held = { instance, serial: instance.serial, id }
    forgotten.register(this, this.#held, this)
  }

  /**
   * The number to pass to the instance.
   *
   * @throws {@link MisuseError} `ERR_STATE` once disposed of, or when the instance was replaced.
   */
  get id(): number {
    const held = this.#held
    if (held === undefined || held.serial !== this.instance.serial) {
      throw new MisuseError('ERR_STATE', `this ${this.#what} is no longer usable`, {
        hint:
          held === undefined
            ? 'It was disposed of, or used up.'
            : 'The core was replaced after a fault of its own.',
      })
    }
    return held.id
  }

  /** Runs calls of the instance on the number; see {@link Instance.enter}. */
  enter<T>(work: (core: Core<G>, id: number) => T): T {
    const { id } = this
    return this.instance.enter((core) => work(core, id))
  }

  /** Gives the number away to a call that frees it. */
  take(): number {
    const id = this.id
    this.#forget()
    return id
  }

  /** Frees what the number stands for; does nothing the second time. */
  dispose(): void {
    const held = this.#forget()
    if (held !== undefined) release(held)
  }

  #forget(): Held | undefined {
    const held = this.#held
    this.#held = undefined
    forgotten.unregister(this)
    return held
  }
}
