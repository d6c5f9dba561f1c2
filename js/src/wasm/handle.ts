/**
 * Objects that live in the core, held by number.
 *
 * @module
 */

import { MisuseError } from '../errors.js'
import { enter, instanceSerial } from './instance.js'

interface Held {
  readonly serial: number
  readonly id: number
}

function release(held: Held): void {
  // A number of an instance that is gone may stand for something else in the present one.
  if (held.serial !== instanceSerial()) return
  try {
    enter((core) => core.free(held.id))
  } catch {
    // Nobody can do more about it: after a trap the memory is overwritten by now.
  }
}

// Some runtimes have none, such as workerd before 2025: there, what is not disposed of stays.
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? { register: () => {}, unregister: () => {} }
    : new FinalizationRegistry<Held>(release)

/** A number of the core's, freed exactly once: by hand, by use, or when it is forgotten. */
export class Handle {
  readonly #what: string
  #held: Held | undefined

  constructor(what: string, id: number) {
    this.#what = what
    this.#held = { serial: instanceSerial(), id }
    forgotten.register(this, this.#held, this)
  }

  /**
   * The number to pass to the core.
   *
   * @throws {@link MisuseError} `ERR_STATE` once disposed of, or when the instance was replaced.
   */
  get id(): number {
    const held = this.#held
    if (held === undefined || held.serial !== instanceSerial()) {
      throw new MisuseError('ERR_STATE', `this ${this.#what} is no longer usable`, {
        hint:
          held === undefined
            ? 'It was disposed of, or used up.'
            : 'The core was replaced after a fault of its own.',
      })
    }
    return held.id
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
