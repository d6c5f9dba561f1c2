/** `tsutsumi/bucket` on workerd. @module */

import './core.js'

export * from '../../bucket/api.js'
