/**
 * Key Protect: settings, address, clock, credentials.
 *
 * @module
 */

import { keyProtect } from '../../key-protect.js'
import {
  type Connection,
  type ConnectionOptions,
  type Found,
  findConnection,
  isOpenToOthers,
  keyProtectOptions,
} from '../settings.js'
import { bad, type Check, doubtful, failure, good } from './check.js'

const SKEW_DOUBTFUL_MS = 5_000
const SKEW_BAD_MS = 60_000
const TIME_LIMIT_MS = 10_000

/** Looks at it. */
export async function checkService(
  options: ConnectionOptions,
  { offline, needed }: { readonly offline: boolean; readonly needed: boolean },
): Promise<readonly Check[]> {
  let connection: Connection
  try {
    connection = findConnection(options)
  } catch (error) {
    return [failure('credentials', error)]
  }
  const { apiKey, token, instance, region, url } = connection
  if ([apiKey, token, instance, region, url].every((found) => found === undefined)) {
    const said = 'not configured'
    const advice = 'Set IBMCLOUD_API_KEY, KP_INSTANCE_ID and IBMCLOUD_REGION.'
    return [needed ? bad('Key Protect', said, advice) : doubtful('Key Protect', said, advice)]
  }
  const checks = settings(connection, options)
  try {
    const found = keyProtectOptions(connection)
    const kms = keyProtect(found)
    if (offline) return checks
    checks.push(...(await reach(found.url ?? `https://${found.region}.kms.cloud.ibm.com`)))
    const keys = await kms.listRootKeys()
    const active = keys.filter(({ state }) => state === 'active').length
    checks.push(good('access', `credentials accepted; ${keys.length} root keys, ${active} active`))
  } catch (error) {
    checks.push(failure('access', error))
  }
  return checks
}

function settings(connection: Connection, options: ConnectionOptions): Check[] {
  const { apiKey, token, instance, region, url } = connection
  const checks: Check[] = []
  const credential = apiKey ?? token
  const kind = apiKey === undefined ? 'token' : 'API key'
  // Never the secret itself: what the doctor prints is pasted into tickets.
  if (credential !== undefined) checks.push(good('credentials', `${kind} from ${credential.from}`))
  const place = url ?? region
  const known = [instance, place].filter((found): found is Found => found !== undefined)
  for (const { value, from } of known) checks.push(good('setting', `${value} from ${from}`))
  const file = options.credentials ?? process.env['TSUTSUMI_CREDENTIALS']
  if (file !== undefined && isOpenToOthers(file)) {
    const said = `\`${file}\` can be read by others on this machine`
    checks.push(doubtful('credentials', said, `chmod 600 ${file}`))
  }
  return checks
}

async function reach(url: string): Promise<readonly Check[]> {
  const begun = Date.now()
  let reply: Response
  try {
    const signal = AbortSignal.timeout(TIME_LIMIT_MS)
    reply = await fetch(url, { method: 'HEAD', redirect: 'manual', signal })
  } catch (error) {
    const cause: unknown = Reflect.get(Object(error), 'cause')
    const said = cause instanceof Error ? cause.message : (error as Error).message
    return [bad('address', said, `Check the address \`${url}\`, and proxies on the way.`)]
  }
  const ended = Date.now()
  await reply.body?.cancel()
  const checks = [good('address', `${url} answers in ${ended - begun} ms`)]
  const date = Date.parse(reply.headers.get('date') ?? '')
  return Number.isNaN(date) ? checks : [...checks, clock(date - (begun + ended) / 2)]
}

// The header has whole seconds, cut off: the middle of what it may mean is half a second later.
function clock(offset_ms: number): Check {
  const skew_ms = offset_ms + 500
  const [far, way] = [Math.abs(skew_ms), skew_ms > 0 ? 'behind' : 'ahead of']
  if (far < SKEW_DOUBTFUL_MS) return good('clock', 'agrees with the service within seconds')
  const said = `${Math.round(far / 1000)} s ${way} the service's`
  const advice = 'Set the clock, or have it set by NTP: tokens and signatures depend on it.'
  return far < SKEW_BAD_MS ? doubtful('clock', said, advice) : bad('clock', said, advice)
}
