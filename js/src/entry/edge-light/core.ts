/** Provides the modules where modules may only be imported. @module */

import { provideFormats } from '../../wasm/formats.js'
import module from '../../wasm/glue/core_bg.wasm?module'
import { provideCore } from '../../wasm/load.js'

provideCore(() => module)
provideFormats(async () => (await import('../../wasm/glue/formats_bg.wasm?module')).default)
