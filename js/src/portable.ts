/**
 * The modules for engines without SIMD, at once.
 *
 * Where an engine has no SIMD (Safari before 16.4), `tsutsumi` loads another module in place of its
 * own by itself, and until that has arrived its calls fail with `ERR_STATE`.
 * Import this entry before the others and it is there from the start. It exports nothing, and does
 * nothing where the engine has SIMD.
 *
 * @example
 * import 'tsutsumi/portable'
 * import { Envelope } from 'tsutsumi'
 *
 * @module
 */

import { usePortable } from './wasm/portable.js'

usePortable()
