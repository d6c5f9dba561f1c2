/**
 * Objects: large blobs whose key lies beside them, read in ranges.
 *
 * @module
 */

import './entry/inline.js'

export * from './object/api.js'
