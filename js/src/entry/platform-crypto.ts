/** The synchronous AES of Node.js, Bun and Deno; undefined elsewhere. @module */

import type { SyncCrypto } from '../bulk/sync-aes.js'

type Loader = { readonly process?: { getBuiltinModule?(name: string): unknown } }

/** Asked for by a call: no bundler looks for it. Edge runtimes throw where they have none. */
export function platformCrypto(): SyncCrypto | undefined {
  try {
    return (globalThis as Loader).process?.getBuiltinModule?.('node:crypto') as SyncCrypto
  } catch {}
  return undefined
}
