/**
 * Data keys: made in the core, used in the core, never a JavaScript value.
 *
 * @module
 */

import { MisuseError } from './errors.js'
import { kindOf } from './options.js'
import { Handle } from './wasm/handle.js'
import { type Core, core, type Glue, type Instance } from './wasm/instance.js'
import { view } from './wasm/memory.js'

const brand = Symbol.for('tsutsumi.data-key')
const permit = Symbol('permit')

let handleOf: (dataKey: DataKey) => Handle | undefined

/**
 * A key that seals one message; what a root key wraps.
 *
 * Only a number that stands for it is on this side: the 32 bytes are in the memory of the core, and
 * are overwritten there by {@link DataKey.dispose}. {@link Envelope} makes and disposes of its own;
 * this class is for those who keep wrapped keys themselves.
 *
 * @example
 * const dataKey = DataKey.generate()
 * const slot = await rootKey.wrap(dataKey)
 * dataKey.dispose()
 */
export class DataKey {
  static {
    handleOf = (dataKey) => (#handle in dataKey ? dataKey.#handle : undefined)
    Object.defineProperty(DataKey.prototype, brand, { value: true })
  }

  readonly #handle: Handle

  /** Not for callers: use {@link DataKey.generate} or a root key's `unwrap`. */
  constructor(given: symbol, handle: Handle) {
    if (given !== permit) {
      throw new MisuseError('ERR_ARGUMENT', 'a data key cannot be constructed', {
        hint: 'Use `DataKey.generate()`, or `unwrap` of a root key.',
      })
    }
    this.#handle = handle
  }

  /**
   * Makes a data key of 32 random bytes.
   *
   * @returns The key, to be disposed of after use.
   * @throws {@link InternalError} `ERR_INTERNAL` where the platform has no randomness.
   */
  static generate(): DataKey {
    return generateDataKey(core)
  }

  /** Overwrites the key; does nothing the second time. */
  dispose(): void {
    this.#handle.dispose()
  }

  /** What `using` calls: the same as {@link DataKey.dispose}. */
  [Symbol.dispose](): void {
    this.#handle.dispose()
  }
}

/** Makes a data key in an instance. */
export function generateDataKey(instance: Instance): DataKey {
  return adoptDataKey(
    instance.enter((core) => core.dataKeyGenerate()),
    instance,
  )
}

/** Takes over a key that an instance made. */
export function adoptDataKey(id: number, instance?: Instance): DataKey {
  return new DataKey(permit, new Handle(instance ?? core, 'data key', id))
}

/**
 * The handle of a data key.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything but a data key of this copy of the
 *   package.
 */
export function dataKeyHandle(value: unknown): Handle {
  if (typeof value === 'object' && value !== null) {
    const handle = handleOf(value as DataKey)
    if (handle !== undefined) return handle
    if (brand in value) {
      throw new MisuseError('ERR_ARGUMENT', 'the data key is of another copy of this package', {
        argument: 'dataKey',
        hint: 'Two copies are installed; `npm ls tsutsumi` shows them.',
      })
    }
  }
  throw new MisuseError('ERR_ARGUMENT', `\`dataKey\` has to be a DataKey, not ${kindOf(value)}`, {
    argument: 'dataKey',
  })
}

/**
 * Runs calls of an instance on a data key, which is carried over for that long if it lives in the
 * other one: from memory to memory, without a copy in JavaScript.
 *
 * @throws {@link MisuseError} as {@link dataKeyHandle}, and `ERR_STATE` for a key that was disposed
 *   of.
 */
export function withDataKey<G extends Glue, T>(
  dataKey: unknown,
  instance: Instance<G>,
  work: (core: Core<G>, id: number) => T,
): T {
  const handle = dataKeyHandle(dataKey)
  const home: unknown = instance
  if (handle.instance === home) return instance.enter((core) => work(core, handle.id))
  return instance.enter((core) => {
    const id = carry(handle, core)
    try {
      return work(core, id)
    } finally {
      core.free(id)
    }
  })
}

function carry(handle: Handle, to: Pick<Core, 'input' | 'dataKeyLand' | 'memory'>): number {
  return handle.enter((from, id) => {
    const length = from.dataKeyLift(id)
    const at = to.input(length)
    new Uint8Array(to.memory.buffer).set(view(from, length), at)
    from.wipe()
    return to.dataKeyLand(length)
  })
}
