/** `tsutsumi/bucket` on edge-light. @module */

import './core.js'

export * from '../../bucket/api.js'
