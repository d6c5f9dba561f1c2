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

/**
 * By the way in which the platform's AES is called.
 *
 * `cargo xtask bench --bulk` measures how many times as fast as the core the platform is with a
 * message as a whole, its key taken anew (2 × AMD EPYC):
 *
 * | | 16 KiB | 32 KiB | 64 KiB | 128 KiB | 256 KiB |
 * |---|---|---|---|---|---|
 * | Node.js 20, node:crypto | 3.24 | 9.20 | 3.32 | 22.35 | 24.09 |
 * | Node.js 20, SubtleCrypto | 1.69 | 1.30 | 1.88 | 3.95 | 8.25 |
 * | Chromium 156, SubtleCrypto | 1.59 | 1.99 | 2.85 | 4.35 | 6.93 |
 */
export const CROSSOVERS: { readonly sync: Crossover; readonly subtle: Crossover } = {
  sync: { body: 16_384, unit: 4_096 },
  subtle: { body: 65_536, unit: 16_384 },
}
