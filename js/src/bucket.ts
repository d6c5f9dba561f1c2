/**
 * Buckets of object stores whose objects are sealed on this side.
 *
 * @module
 */

import './entry/inline.js'

export * from './bucket/api.js'
