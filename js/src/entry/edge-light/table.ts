/** `tsutsumi/table` on edge-light. @module */

import './core.js'

export * from '../../table/api.js'
