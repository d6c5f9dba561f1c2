/**
 * What the package says of itself.
 *
 * @module
 */

import { readFileSync } from 'node:fs'

/** Its version. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
