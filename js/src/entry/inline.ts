/** Provides the modules from bytes inside the package, compiled when first needed. @module */

import { provideFormats } from '../wasm/formats.js'
import { base64, length } from '../wasm/glue/core-bytes.js'
import { inflate } from '../wasm/inflate.js'
import { decodeBase64, hasSimd, provideCore } from '../wasm/load.js'

provideCore(() => new WebAssembly.Module(inflate(decodeBase64(base64), length)))
provideFormats(async () => {
  const formats = await import('../wasm/glue/formats-bytes.js')
  return new WebAssembly.Module(inflate(decodeBase64(formats.base64), formats.length))
})

// Where it does not arrive, the first call says what is missing.
if (!hasSimd()) import('../wasm/portable.js').then((module) => module.usePortable()).catch(() => {})
