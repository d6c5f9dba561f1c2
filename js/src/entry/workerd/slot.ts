/** `tsutsumi/slot` on workerd. @module */

import './core.js'

export * from '../../slot/api.js'
