/** `tsutsumi/object` on workerd. @module */

import './core.js'

export * from '../../object/api.js'
