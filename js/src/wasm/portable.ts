/**
 * The module for engines without SIMD, which takes the place of the two others.
 *
 * @module
 */

import { MORE_PROBLEMS } from '../formats-tables.js'
import { type FormatsGlue, haveFormats } from './formats.js'
import * as glue from './glue/portable_bg.js'
import { base64, length } from './glue/portable-bytes.js'
import { inflate } from './inflate.js'
import { core, type Instance } from './instance.js'
import { decodeBase64, hasSimd } from './load.js'

/** Puts the module to work, unless the engine has SIMD. */
export function usePortable(): void {
  if (hasSimd()) return
  core.become(
    glue,
    './portable_bg.js',
    () => new WebAssembly.Module(inflate(decodeBase64(base64), length)),
  )
  haveFormats(core as Instance<FormatsGlue>, MORE_PROBLEMS)
}
