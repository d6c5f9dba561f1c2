/** `tsutsumi/vault-transit` on edge-light. @module */

import './core.js'

export * from '../../providers/vault-transit/api.js'
