/**
 * AES-256-GCM of the platform, for bodies that are too long for the core's own.
 *
 * @module
 */

import { platformCrypto } from '../entry/platform-crypto.js'
import { CROSSOVERS, type Crossover } from './crossover.js'
import { subtleAes } from './subtle-aes.js'
import { type SyncCrypto, syncAes } from './sync-aes.js'

/** Bytes that a tag takes. */
export const TAG_LEN = 16

type Bytes = Uint8Array<ArrayBuffer>

/** What seals and opens under one key. */
export interface Aes {
  /** Writes ciphertext and tag into `out`; the input may change once this has returned. */
  seal(nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, out: Uint8Array): Done
  /**
   * Writes the plaintext into `out` after its tag was checked.
   *
   * @throws {@link OpenError} `ERR_OPEN_FAILED`, also by the promise.
   */
  open(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array, out: Uint8Array): Done
  /** As {@link Aes.open}, into an array of its own, so that nothing has to be copied. */
  opened(nonce: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Bytes | Promise<Bytes>
}

/** Nothing where it is done by now. */
export type Done = Promise<void> | undefined

/** A way to AES, and from which lengths on it is the faster one. */
export interface Engine {
  readonly crossover: Crossover
  /** Takes a copy of the key before it returns: the key may be overwritten then. */
  take(key: Uint8Array, use: 'seal' | 'open'): Aes | Promise<Aes>
}

let found: Engine | undefined | 'unknown' = 'unknown'

/** The best that the platform has; undefined where that is nothing. */
export function engine(): Engine | undefined {
  if (found === 'unknown') found = look()
  return found
}

function look(): Engine | undefined {
  const crypto = platformCrypto()
  if (crypto !== undefined && isWhole(crypto)) {
    return { crossover: CROSSOVERS.sync, take: (key) => syncAes(crypto, key) }
  }
  // A page that was not loaded over TLS has none.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle
  if (subtle === undefined) return undefined
  return { crossover: CROSSOVERS.subtle, take: (key, use) => subtleAes(subtle, key, use) }
}

// Some runtimes have the module and not all that is in it: what it makes is compared with what is
// known (the 13th test case of the submission of GCM to NIST: nothing, under zeros).
const KNOWN_TAG = [83, 15, 138, 251, 199, 69, 54, 185, 169, 99, 180, 241, 196, 203, 115, 139]

function isWhole(crypto: SyncCrypto): boolean {
  const [nothing, tag] = [new Uint8Array(0), new Uint8Array(TAG_LEN)]
  try {
    const aes = syncAes(crypto, new Uint8Array(32))
    const nonce = new Uint8Array(12)
    aes.seal(nonce, nothing, nothing, tag)
    aes.open(nonce, nothing, tag, nothing)
  } catch {
    return false
  }
  return KNOWN_TAG.every((byte, at) => tag[at] === byte)
}

/** Sets what is used from now on, for tests and measurements; undefined looks anew. */
export function useEngine(engine: Engine | undefined): void {
  found = engine ?? 'unknown'
}
