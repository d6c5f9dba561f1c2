/**
 * Everything that `tsutsumi/gcp-kms` exports.
 *
 * @module
 */

export type { TokenSource } from '../../http/credentials.js'
export type { Fetch } from '../../http/exchange.js'
export { type GcpKms, type GcpKmsOptions, type GcpKmsRootKey, gcpKms } from './client.js'
