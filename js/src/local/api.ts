/**
 * Everything that `tsutsumi/local` exports.
 *
 * @module
 */

export { type WrappingKey, type WrappingKeyOptions, wrappingKey } from '../wrapping-key.js'
export {
  type EmbeddedKeyProtect,
  type EmbeddedKeyProtectOptions,
  embeddedKeyProtect,
} from './embedded.js'
export {
  type DisconnectOptions,
  type FaultOptions,
  Faults,
  type RefusalOptions,
  type ServerErrorOptions,
} from './faults.js'
export type { FaultOperation } from './operation.js'
export { PassphraseKey, type PassphraseKeyOptions, passphraseKey } from './passphrase.js'
