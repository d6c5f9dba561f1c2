/** `tsutsumi/interop` on workerd. @module */

import './core.js'

export * from '../../interop/api.js'
