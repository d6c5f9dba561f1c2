/** Provides the core where modules may only be imported. @module */

import module from '../../wasm/glue/core_bg.wasm'
import { provideCore } from '../../wasm/load.js'

provideCore(() => module)
