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
 * message as a whole, its key taken anew (2 × AMD EPYC, busy with other work as well). Where
 * SubtleCrypto is hardly faster, at 32 KiB and less, a busier machine makes it the slower one:
 *
 * | | 16 KiB | 32 KiB | 64 KiB | 128 KiB | 256 KiB |
 * |---|---|---|---|---|---|
 * | Node.js 20, node:crypto | 1.05 | 2.07 | 7.36 | 8.32 | 5.98 |
 * | Node.js 20, SubtleCrypto | 0.82 | 1.23 | 1.94 | 2.32 | 3.20 |
 * | Chromium 156, SubtleCrypto | 1.04 | 1.09 | 1.47 | 1.93 | 2.39 |
 */
export const CROSSOVERS: { readonly sync: Crossover; readonly subtle: Crossover } = {
  sync: { body: 16_384, unit: 4_096 },
  subtle: { body: 65_536, unit: 16_384 },
}
