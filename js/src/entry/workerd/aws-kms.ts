/** `tsutsumi/aws-kms` on workerd. @module */

import './core.js'

export * from '../../providers/aws-kms/api.js'
