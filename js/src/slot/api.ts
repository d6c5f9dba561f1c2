/**
 * Everything that `tsutsumi/slot` exports.
 *
 * @module
 */

export {
  addSlot,
  migrateSlots,
  removeSlots,
  rewrapSlots,
  type SlotMove,
  staleSlots,
} from './change.js'
export {
  openSlots,
  parseSlots,
  type SlotOptions,
  type StoredSlot,
  wrapSlots,
} from './stored.js'
