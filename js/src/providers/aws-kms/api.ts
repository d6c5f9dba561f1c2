/**
 * Everything that `tsutsumi/aws-kms` exports.
 *
 * @module
 */

export type { Fetch } from '../../http/exchange.js'
export type { AwsKmsRootKey } from './client.js'
export { type AwsKms, awsKms } from './client.js'
export type { AwsCredentials, AwsKmsOptions } from './settings.js'
