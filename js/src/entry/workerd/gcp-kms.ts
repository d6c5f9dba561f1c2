/** `tsutsumi/gcp-kms` on workerd. @module */

import './core.js'

export * from '../../providers/gcp-kms/api.js'
