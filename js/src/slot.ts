/**
 * Kept slots: wrapped data keys that lie beside what they open.
 *
 * @module
 */

import './entry/inline.js'

export * from './slot/api.js'
