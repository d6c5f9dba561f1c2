/** `tsutsumi/azure-key-vault` on edge-light. @module */

import './core.js'

export * from '../../providers/azure-key-vault/api.js'
