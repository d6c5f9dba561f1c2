/**
 * Root keys in Google Cloud KMS.
 *
 * @module
 */

import './entry/inline.js'

export * from './providers/gcp-kms/api.js'
