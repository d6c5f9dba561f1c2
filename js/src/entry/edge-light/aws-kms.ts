/** `tsutsumi/aws-kms` on edge-light. @module */

import './core.js'

export * from '../../providers/aws-kms/api.js'
