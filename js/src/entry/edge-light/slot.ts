/** `tsutsumi/slot` on edge-light. @module */

import './core.js'

export * from '../../slot/api.js'
