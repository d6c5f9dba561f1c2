/**
 * Branch keys: between a root key and data keys, so that traffic costs the key service nothing.
 *
 * @module
 */

import './entry/inline.js'

export * from './branch/api.js'
