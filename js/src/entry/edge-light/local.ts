/** `tsutsumi/local` on edge-light. @module */

import './core.js'
import './service.js'

export * from '../../local/api.js'
