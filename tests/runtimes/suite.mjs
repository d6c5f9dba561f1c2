// One suite for every runtime: cases by name, run against one copy of the package and one service.
//
// Nothing here knows the runtime. `lib` has what the entries export; `service` is what `keyProtect`
// takes: the embedded service, or the address of a native one.

import { data } from './cases/data.mjs'
import { messages } from './cases/messages.mjs'
import { platform } from './cases/platform.mjs'
import { served } from './cases/service.mjs'
import { traps } from './cases/traps.mjs'

async function results(cases, prefix, lib, service) {
  const all = []
  for (const [name, run] of Object.entries(cases)) {
    const failure = await run(lib, service).then(
      () => undefined,
      (error) => String(error?.stack ?? error),
    )
    all.push(failure === undefined ? { name: prefix + name } : { name: prefix + name, failure })
  }
  return all
}

/**
 * Runs all cases: alone, with the embedded service, and with a native one where there is one.
 *
 * @param lib - All that the entries export, in one object.
 * @param native - `url`, `instance` and `apiKey` of a native service, if the runtime reaches one.
 * @returns One `{ name, failure? }` for each case.
 */
export async function conformance(lib, native) {
  const all = await results({ ...messages, ...data, ...platform }, '', lib)
  // After those, because older keys end with it; and only where the core can be reached.
  if (lib.core) all.push(...(await results(traps, '', lib)))
  all.push(...(await results(served, 'embedded: ', lib, await lib.embeddedKeyProtect())))
  if (native) all.push(...(await results(served, 'native: ', lib, native)))
  return all
}
