/**
 * Where the core's module comes from: an entry file provides it, the instance takes it once.
 *
 * @module
 */

import { MisuseError } from '../errors.js'

let source: (() => WebAssembly.Module) | undefined
let module: WebAssembly.Module | undefined

/** Names the source of the core; the first entry file that is imported wins. */
export function provideCore(load: () => WebAssembly.Module): void {
  source ??= load
}

// A function that returns a vector of zeros, which an engine without SIMD refuses.
const PROBE = 'AGFzbQEAAAABBQFgAAF7AwIBAAoIAQYAQQD9Dws='

/** Whether the engine has vectors of 128 bits. */
export function hasSimd(): boolean {
  return WebAssembly.validate(decodeBase64(PROBE))
}

/** Decodes base64 that the build wrote, so without any check. */
export function decodeBase64(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

/**
 * The core's module, compiled at the first call.
 *
 * @throws {@link MisuseError} `ERR_STATE` where the platform forbids WebAssembly.
 */
export function coreModule(): WebAssembly.Module {
  if (module !== undefined) return module
  if (source === undefined) {
    throw new MisuseError('ERR_STATE', 'the core was not loaded', {
      hint: 'Import `tsutsumi` by its name, not by a path into the package.',
    })
  }
  try {
    module = source()
  } catch (cause) {
    throw hasSimd() ? refused(cause) : pending(cause)
  }
  return module
}

function pending(cause: unknown): MisuseError {
  return new MisuseError('ERR_STATE', 'the core for engines without SIMD is still being loaded', {
    cause,
    hint: 'Import `tsutsumi/portable` first, and it is there from the start.',
  })
}

/** What to say where a module cannot be compiled or fetched. */
export function refused(cause: unknown): MisuseError {
  return new MisuseError('ERR_STATE', 'the platform refuses to compile WebAssembly', {
    cause,
    hint: "Add 'wasm-unsafe-eval' to script-src in the page's policy, or use `tsutsumi/webcrypto`.",
  })
}
