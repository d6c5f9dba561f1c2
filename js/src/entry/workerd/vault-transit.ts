/** `tsutsumi/vault-transit` on workerd. @module */

import './core.js'

export * from '../../providers/vault-transit/api.js'
