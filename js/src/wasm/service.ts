/**
 * The embedded root-key service: a second module, loaded when it is first asked for.
 *
 * @module
 */

import { MisuseError } from '../errors.js'
import type * as glue from './glue/service_bg.js'
import { refused } from './load.js'

/** The exports of the service as its glue shows them. */
export type ServiceGlue = typeof glue

interface Raw extends WebAssembly.Exports {
  readonly __wbindgen_start?: () => void
}

let source: (() => Promise<WebAssembly.Module>) | undefined
let started: Promise<ServiceGlue> | undefined

/** Names the source of the service; the first entry file that is imported wins. */
export function provideService(load: () => Promise<WebAssembly.Module>): void {
  source ??= load
}

/**
 * Loads and starts the service, once for all accounts in it.
 *
 * @throws {@link MisuseError} `ERR_STATE` where the platform forbids WebAssembly.
 */
export function loadService(): Promise<ServiceGlue> {
  started ??= start()
  return started
}

async function start(): Promise<ServiceGlue> {
  if (source === undefined) {
    throw new MisuseError('ERR_STATE', 'the embedded service was not loaded', {
      hint: 'Import `tsutsumi/local` by its name, not by a path into the package.',
    })
  }
  const service = await import('./glue/service_bg.js')
  let instance: WebAssembly.Instance
  try {
    // Synchronous once compiled, which is what every platform allows.
    instance = new WebAssembly.Instance(await source(), { './service_bg.js': { ...service } })
  } catch (cause) {
    throw refused(cause)
  }
  const exports = instance.exports as Raw
  service.__wbg_set_wasm(exports)
  exports.__wbindgen_start?.()
  return service
}
