/** Provides the core from bytes inside the package, compiled at the first call. @module */

import { base64 } from '../wasm/glue/core-bytes.js'
import { decodeBase64, provideCore } from '../wasm/load.js'

provideCore(() => new WebAssembly.Module(decodeBase64(base64)))
