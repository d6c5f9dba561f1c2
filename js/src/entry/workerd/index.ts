/** `tsutsumi` on workerd. @module */

import './core.js'

export * from '../../api.js'
