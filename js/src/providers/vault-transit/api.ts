/**
 * Everything that `tsutsumi/vault-transit` exports.
 *
 * @module
 */

export type { TokenSource } from '../../http/credentials.js'
export type { Fetch } from '../../http/exchange.js'
export {
  type VaultTransit,
  type VaultTransitOptions,
  type VaultTransitRootKey,
  vaultTransit,
} from './client.js'
