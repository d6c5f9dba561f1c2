/**
 * Everything that `tsutsumi` exports.
 *
 * @module
 */

export type { Context } from './context.js'
export { DataKey } from './data-key.js'
export type { DecryptStream } from './decrypt-stream.js'
export type { EncryptStream } from './encrypt-stream.js'
export {
  type Decrypted,
  Envelope,
  type EnvelopeOptions,
} from './envelope.js'
export {
  type ErrorCode,
  type ErrorDetails,
  type FormatCode,
  FormatError,
  InternalError,
  isTsutsumiError,
  type KmsCode,
  type KmsDetails,
  KmsError,
  type MisuseCode,
  MisuseError,
  OpenError,
  type PolicyCode,
  PolicyError,
  type TsutsumiError,
} from './errors.js'
export { inspect, type MessageField, type MessageReport } from './inspect.js'
export type { Limits } from './message/limits.js'
export type { MessageRanges } from './message/ranges.js'
export type { BytePair } from './message/relay.js'
export type { RangeReader, RangeSource } from './message/source.js'
export type { SuiteOptions } from './message/suites.js'
export type { DecryptOptions, EncryptOptions } from './message/terms.js'
export type { RewrapOptions, RootKey, Slot, WrapOptions } from './root-key.js'
export {
  type RsaHash,
  type RsaUnwrappingKey,
  type RsaUnwrappingKeyOptions,
  rsaUnwrappingKey,
} from './rsa-unwrapping-key.js'
export {
  aesUnwrappingKey,
  type WrappingKey,
  type WrappingKeyOptions,
  wrappingKey,
} from './wrapping-key.js'
