/** `tsutsumi/branch` on workerd. @module */

import './core.js'

export * from '../../branch/api.js'
