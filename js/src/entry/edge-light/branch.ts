/** `tsutsumi/branch` on edge-light. @module */

import './core.js'

export * from '../../branch/api.js'
