/** What happens under a policy that forbids WebAssembly, or allows just that. */

import { Envelope, isTsutsumiError, wrappingKey } from 'tsutsumi'
import * as web from 'tsutsumi/webcrypto'

const bytes = new Uint8Array(32)
const names = { namespace: 'page', name: 'key' }

async function outcome(): Promise<string> {
  const envelope = new web.Envelope({ rootKey: await web.wrappingKey(bytes, names) })
  const message = await envelope.encrypt(new TextEncoder().encode('order 17'))
  const own = new TextDecoder().decode((await envelope.decrypt(message)).plaintext)
  try {
    const { plaintext } = await new Envelope({ rootKey: wrappingKey(bytes, names) }).decrypt(
      message,
    )
    return `both: ${own}, ${new TextDecoder().decode(plaintext)}`
  } catch (error) {
    const said = isTsutsumiError(error) ? `${error.code}: ${error.hint}` : String(error)
    return `webcrypto alone: ${own}; ${said}`
  }
}

document.title = await outcome().catch(String)
