/**
 * Encryption as a stream.
 *
 * @module
 */

import { type BytePair, relay } from './message/relay.js'
import type { SealTerms } from './message/seal.js'

/** Plaintext in, a message out; see {@link Envelope.encryptStream}. */
export interface EncryptStream extends BytePair {}

/** Makes the two ends. */
export function encryptStream(terms: SealTerms): EncryptStream {
  return relay(async () => (await import('./message/sealing.js')).sealing(terms), terms.signal)
}
