/**
 * Root keys in Azure Key Vault and Managed HSM.
 *
 * @module
 */

import './entry/inline.js'

export * from './providers/azure-key-vault/api.js'
