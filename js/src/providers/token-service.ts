/**
 * Key services that take a token in a header.
 *
 * @module
 */

import type { Clock } from '../http/clock.js'
import { givenTokens, readTokenSource, type TokenSource } from '../http/credentials.js'
import type { HttpReply } from '../http/exchange.js'
import { Rest } from '../http/rest.js'
import type { Fault } from '../http/retry.js'
import type { Bounds } from '../http/settings.js'
import type { RemoteCall } from './remote-key.js'

/** How one of them is asked. */
export interface TokenService {
  readonly bounds: Bounds
  readonly token: TokenSource | undefined
  /** The address of a path. */
  readonly url: (path: string) => string
  /** The headers with the token in them. */
  readonly headers: (token: string, correlationId: string) => Readonly<Record<string, string>>
  readonly faultOf: (reply: HttpReply, what: string) => Fault
}

/** Makes the way to it. */
export function tokenRest(service: TokenService, clock: Clock): Rest<RemoteCall, string> {
  const { url, headers, faultOf } = service
  const request = (
    { path, body }: RemoteCall,
    token: string,
    correlationId: string,
  ): {
    readonly url: string
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: Uint8Array<ArrayBuffer>
  } => ({
    url: url(path),
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers(token, correlationId) },
    body,
  })
  const credentials = givenTokens(readTokenSource(service.token))
  return new Rest({ credentials, request, faultOf }, service.bounds, clock)
}
