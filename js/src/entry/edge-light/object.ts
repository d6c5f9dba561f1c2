/** `tsutsumi/object` on edge-light. @module */

import './core.js'

export * from '../../object/api.js'
