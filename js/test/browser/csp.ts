/** What happens under a policy that forbids WebAssembly, or allows just that. */

import { isTsutsumiError, wrappingKey } from 'tsutsumi'

let outcome = 'allowed'
try {
  wrappingKey(new Uint8Array(32), { namespace: 'page', name: 'key' }).dispose()
} catch (error) {
  outcome = isTsutsumiError(error) ? `${error.code}: ${error.hint}` : String(error)
}
document.title = outcome
