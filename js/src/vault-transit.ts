/**
 * Root keys in the Transit engine of Vault or OpenBao.
 *
 * @module
 */

import './entry/inline.js'

export * from './providers/vault-transit/api.js'
