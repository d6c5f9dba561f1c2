/**
 * Everything that `tsutsumi/object` exports.
 *
 * @module
 */

export type { StoredSlot } from '../slot/stored.js'
export {
  type ObjectOptions,
  Objects,
  type ObjectsOptions,
  type OpenObjectOptions,
  type SealedObject,
} from './objects.js'
export { ObjectReader, type ObjectSource } from './ranges.js'
export type { SealObjectStream } from './stream.js'
