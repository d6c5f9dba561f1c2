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
