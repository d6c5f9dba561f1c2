/**
 * Tables of keys, and the records under them.
 *
 * @module
 */

import './entry/inline.js'

export * from './table/api.js'
