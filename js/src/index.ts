/**
 * Envelope encryption under root keys that somebody else controls.
 *
 * @module
 */

import './entry/inline.js'

export * from './api.js'
