/**
 * Everything that `tsutsumi/branch` exports.
 *
 * @module
 */

export type { BranchCounters } from './cache.js'
export { BranchKeys, branchKeys } from './keys.js'
export type { BranchKeysOptions } from './settings.js'
