/** Provides the embedded service where modules may only be imported. @module */

import { provideService } from '../../wasm/service.js'

provideService(async () => (await import('../../wasm/glue/service_bg.wasm?module')).default)
