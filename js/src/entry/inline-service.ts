/** Provides the embedded service from bytes in the package, when it is asked for. @module */

import { decodeBase64 } from '../wasm/load.js'
import { provideService } from '../wasm/service.js'

provideService(async () => {
  const { base64 } = await import('../wasm/glue/service-bytes.js')
  return WebAssembly.compile(decodeBase64(base64))
})
