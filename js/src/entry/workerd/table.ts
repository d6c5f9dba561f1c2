/** `tsutsumi/table` on workerd. @module */

import './core.js'

export * from '../../table/api.js'
