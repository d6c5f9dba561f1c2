/** Provides the core from bytes inside the package, compiled at the first call. @module */

import { base64, length } from '../wasm/glue/core-bytes.js'
import { inflate } from '../wasm/inflate.js'
import { decodeBase64, provideCore } from '../wasm/load.js'

provideCore(() => new WebAssembly.Module(inflate(decodeBase64(base64), length)))
