/** `tsutsumi/gcp-kms` on edge-light. @module */

import './core.js'

export * from '../../providers/gcp-kms/api.js'
