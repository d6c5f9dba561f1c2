/**
 * Everything that `tsutsumi/webcrypto` exports.
 *
 * @module
 */

export type { DecryptStream } from '../decrypt-stream.js'
export type { EncryptStream } from '../encrypt-stream.js'
export type { Decrypted } from '../envelope.js'
export {
  type ErrorCode,
  FormatError,
  InternalError,
  isTsutsumiError,
  KmsError,
  MisuseError,
  OpenError,
  PolicyError,
  type TsutsumiError,
} from '../errors.js'
export type { TokenSource } from '../http/credentials.js'
export type { Fetch } from '../http/exchange.js'
export type { KeyProtectOptions } from '../key-protect/settings.js'
export type { Limits } from '../message/limits.js'
export type { DecryptOptions, EncryptOptions } from '../message/terms.js'
export type { Context } from '../pairs.js'
export type { Slot, WrapOptions } from '../root-key.js'
export type { WrappingKeyOptions } from '../wrapping-key.js'
export { Envelope, type EnvelopeOptions } from './envelope.js'
export { type KeyProtect, type KeyProtectRootKey, keyProtect } from './key-protect.js'
export type { RootKey } from './root-key.js'
export { type WrappingKey, wrappingKey } from './wrapping-key.js'
