/**
 * Data keys: made in the core, used in the core, never a JavaScript value.
 *
 * @module
 */

import { MisuseError } from './errors.js'
import { kindOf } from './options.js'
import { Handle } from './wasm/handle.js'
import { enter } from './wasm/instance.js'

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
    return adoptDataKey(enter((core) => core.dataKeyGenerate()))
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

/** Takes over a key that the core made. */
export function adoptDataKey(id: number): DataKey {
  return new DataKey(permit, new Handle('data key', id))
}

/**
 * The number of a data key in the core.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything but a data key of this copy of the
 *   package, `ERR_STATE` for one that was disposed of.
 */
export function dataKeyId(value: unknown): number {
  if (typeof value === 'object' && value !== null) {
    const handle = handleOf(value as DataKey)
    if (handle !== undefined) return handle.id
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
