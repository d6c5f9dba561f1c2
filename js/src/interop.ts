/**
 * Formats of others: JOSE, Tink's envelopes, objects of the S3 Encryption Client.
 *
 * @module
 */

import './entry/inline.js'

export * from './interop/api.js'
