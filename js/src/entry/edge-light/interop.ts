/** `tsutsumi/interop` on edge-light. @module */

import './core.js'

export * from '../../interop/api.js'
