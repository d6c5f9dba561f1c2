/**
 * From where on the platform's AES is faster than the core's.
 *
 * @module
 */

/** Lengths in bytes of plaintext. */
export interface Crossover {
  /** A body has to have as many: setting up costs a key, and once the loading of this code. */
  readonly body: number
  /** So has each frame or chunk: every one of them is a call of its own. */
  readonly unit: number
}

/** By the way in which the platform's AES is called. */
export const CROSSOVERS: { readonly sync: Crossover; readonly subtle: Crossover } = {
  sync: { body: 16_384, unit: 4_096 },
  subtle: { body: 131_072, unit: 16_384 },
}
