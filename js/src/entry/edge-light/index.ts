/** `tsutsumi` on edge-light. @module */

import './core.js'

export * from '../../api.js'
