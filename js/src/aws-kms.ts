/**
 * Root keys in AWS KMS.
 *
 * @module
 */

import './entry/inline.js'

export * from './providers/aws-kms/api.js'
