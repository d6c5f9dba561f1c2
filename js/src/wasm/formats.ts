/**
 * The module with all formats: the core and more, loaded when something first needs it.
 *
 * @module
 */

import { MisuseError } from '../errors.js'
import type { MORE_PROBLEMS } from '../formats-tables.js'
import { addProblems } from './core-error.js'
import type * as glue from './glue/formats_bg.js'
import { Instance } from './instance.js'
import { refused } from './load.js'

/** The exports of the module as its glue shows them. */
export type FormatsGlue = typeof glue

let source: (() => Promise<WebAssembly.Module>) | undefined
let started: Promise<Instance<FormatsGlue>> | undefined

/** Names the source of the module; the first entry file that is imported wins. */
export function provideFormats(load: () => Promise<WebAssembly.Module>): void {
  source ??= load
}

/** Names an instance that has all formats already, and their words. */
export function haveFormats(instance: Instance<FormatsGlue>, words: typeof MORE_PROBLEMS): void {
  addProblems(words)
  started = Promise.resolve(instance)
}

/**
 * Loads the module, once.
 *
 * @throws {@link MisuseError} `ERR_STATE` where the platform forbids WebAssembly.
 */
export function loadFormats(): Promise<Instance<FormatsGlue>> {
  started ??= start()
  return started
}

async function start(): Promise<Instance<FormatsGlue>> {
  if (source === undefined) {
    throw new MisuseError('ERR_STATE', 'the module with all formats was not loaded', {
      hint: 'Import `tsutsumi` by its name, not by a path into the package.',
    })
  }
  try {
    const [exports, { MORE_PROBLEMS }, module] = await Promise.all([
      import('./glue/formats_bg.js'),
      import('../formats-tables.js'),
      source(),
    ])
    addProblems(MORE_PROBLEMS)
    return new Instance(exports, './formats_bg.js', () => module)
  } catch (cause) {
    started = undefined
    throw refused(cause)
  }
}
