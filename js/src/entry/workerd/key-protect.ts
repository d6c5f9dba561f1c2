/** `tsutsumi/key-protect` on workerd. @module */

import './core.js'

export * from '../../key-protect/api.js'
