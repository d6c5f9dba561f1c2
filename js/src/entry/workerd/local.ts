/** `tsutsumi/local` on workerd. @module */

import './core.js'
import './service.js'

export * from '../../local/api.js'
