/** `tsutsumi/key-protect` on edge-light. @module */

import './core.js'

export * from '../../key-protect/api.js'
