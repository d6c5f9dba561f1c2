/**
 * The content security policy of a page that is to use the package.
 *
 * @module
 */

import { bad, type Check, doubtful, good } from './check.js'

const TIME_LIMIT_MS = 10_000
const NAME = 'page'

/** Looks at it: WebAssembly has to be allowed, and calls of the key service. */
export async function checkPage(address: string): Promise<readonly Check[]> {
  let headers: Headers
  try {
    const reply = await fetch(address, { signal: AbortSignal.timeout(TIME_LIMIT_MS) })
    headers = reply.headers
    await reply.body?.cancel()
  } catch (error) {
    return [bad(NAME, `\`${address}\` cannot be read: ${(error as Error).message}`)]
  }
  const policy = headers.get('content-security-policy')
  if (policy === null) {
    const said = 'no content security policy in its headers; a meta element may set one'
    return [doubtful(NAME, said, "If so, it needs 'wasm-unsafe-eval' in script-src.")]
  }
  return judge(policy)
}

/** What a policy allows. */
export function judge(policy: string): readonly Check[] {
  const directives = new Map<string, readonly string[]>()
  for (const part of policy.split(';')) {
    const [name, ...values] = part.trim().toLowerCase().split(/\s+/)
    // The first of a name is the one that counts.
    if (name !== undefined && name !== '' && !directives.has(name)) directives.set(name, values)
  }
  const scripts = directives.get('script-src') ?? directives.get('default-src')
  const calls = directives.get('connect-src') ?? directives.get('default-src')
  const compiles =
    scripts === undefined ||
    scripts.some((value) => value === "'wasm-unsafe-eval'" || value === "'unsafe-eval'")
  const said = calls === undefined ? 'any address' : calls.join(' ')
  return [
    compiles
      ? good(NAME, 'its policy allows WebAssembly')
      : bad(NAME, 'its policy forbids WebAssembly', "Add 'wasm-unsafe-eval' to script-src."),
    good(NAME, `it may call ${said}; the key service has to be among them`),
  ]
}
