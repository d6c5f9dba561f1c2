/** `tsutsumi/azure-key-vault` on workerd. @module */

import './core.js'

export * from '../../providers/azure-key-vault/api.js'
