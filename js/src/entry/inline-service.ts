/** Provides the embedded service from bytes in the package, when it is asked for. @module */

import { inflate } from '../wasm/inflate.js'
import { decodeBase64 } from '../wasm/load.js'
import { provideService } from '../wasm/service.js'

provideService(async () => {
  const { base64, length } = await import('../wasm/glue/service-bytes.js')
  return WebAssembly.compile(inflate(decodeBase64(base64), length))
})
