/**
 * Root keys without an account: a key of your own bytes, and a key service inside the program.
 *
 * @module
 */

import './entry/inline.js'
import './entry/inline-service.js'

export * from './local/api.js'
