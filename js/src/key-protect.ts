/**
 * Root keys in IBM Key Protect, and in every service that speaks its API.
 *
 * @module
 */

import './entry/inline.js'

export * from './key-protect/api.js'
