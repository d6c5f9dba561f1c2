/**
 * Calls of Key Protect.
 *
 * @module
 */

import type { Clock } from '../http/clock.js'
import { givenTokens } from '../http/credentials.js'
import type { HttpRequest } from '../http/exchange.js'
import { type Reply, Rest, type RestCall } from '../http/rest.js'
import { IamTokens } from './iam-token.js'
import { faultOf } from './reply-errors.js'
import type { Settings } from './settings.js'

/** A call of the key service. */
export interface Call extends RestCall {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/api/v2`, encoded. */
  readonly path: string
  readonly type?: string
  readonly body?: Uint8Array<ArrayBuffer>
  /** Whether the reply is to say what was made. */
  readonly prefer?: 'representation' | 'minimal'
}

/** The way to one instance of the key service. */
export class Transport {
  readonly settings: Settings
  readonly clock: Clock
  readonly #rest: Rest<Call, string>

  constructor(settings: Settings, clock: Clock) {
    this.settings = settings
    this.clock = clock
    const { credential } = settings
    const credentials =
      'token' in credential
        ? givenTokens(credential.token)
        : new IamTokens(credential.apiKey, settings, clock)
    const request = (call: Call, token: string, id: string): HttpRequest =>
      this.#request(call, token, id)
    this.#rest = new Rest({ credentials, request, faultOf }, settings, clock)
  }

  /** Path and type of an action on a key, in the form that was chosen. */
  action(key: string, name: string): { readonly path: string; readonly type: string } {
    const id = encodeURIComponent(key)
    const type = 'application/vnd.ibm.kms.key_action'
    return this.settings.actionForm === 'path'
      ? { path: `/keys/${id}/actions/${name}`, type: `${type}_${name}+json` }
      : { path: `/keys/${id}?action=${name}`, type: `${type}+json` }
  }

  /**
   * Makes a call and returns its success.
   *
   * @throws {@link KmsError} `ERR_KMS_*` for anything else, after the retries that made sense.
   */
  send(call: Call): Promise<Reply> {
    return this.#rest.send(call)
  }

  #request(call: Call, token: string, correlationId: string): HttpRequest {
    const { base, instance, keyRing } = this.settings
    const headers: Record<string, string> = {
      ...(call.prefer === undefined ? {} : { prefer: `return=${call.prefer}` }),
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'bluemix-instance': instance,
      'correlation-id': correlationId,
    }
    if (keyRing !== undefined) headers['x-kms-key-ring'] = keyRing
    if (call.type !== undefined) headers['content-type'] = call.type
    return { url: `${base}/api/v2${call.path}`, method: call.method, headers, body: call.body }
  }
}
