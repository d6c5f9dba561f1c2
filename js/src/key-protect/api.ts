/**
 * Everything that `tsutsumi/key-protect` exports.
 *
 * @module
 */

export type { TokenSource } from '../http/credentials.js'
export type { Fetch } from '../http/exchange.js'
export {
  type CreateRootKeyOptions,
  type KeyProtect,
  keyProtect,
  type ListRootKeysOptions,
} from './client.js'
export type { RootKeyDescription, RootKeyState } from './description.js'
export type { CallOptions, KeyProtectRootKey } from './root-key.js'
export type { KeyProtectOptions } from './settings.js'
export type { KeyVersion, RotateOptions } from './versions.js'
