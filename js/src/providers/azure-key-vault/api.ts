/**
 * Everything that `tsutsumi/azure-key-vault` exports.
 *
 * @module
 */

export type { TokenSource } from '../../http/credentials.js'
export type { Fetch } from '../../http/exchange.js'
export {
  type AzureKeyVault,
  type AzureKeyVaultOptions,
  type AzureKeyVaultRootKey,
  type AzureWrapAlgorithm,
  azureKeyVault,
} from './client.js'
