/**
 * What a refusal of Key Protect means.
 *
 * @module
 */

import { type KmsCode, KmsError, OpenError } from '../errors.js'
import type { HttpReply } from '../http/exchange.js'
import { at, faultFrom, jsonOf, type Refusal, reasonOf, textOf } from '../http/refusal.js'
import type { Fault } from '../http/retry.js'

/** Reads the body of an error as Key Protect or its token service writes it. */
export function readRefusal(body: Uint8Array): Refusal {
  const json = jsonOf(body)
  const first = at(at(json, 'resources'), 0)
  const reason = at(at(first, 'reasons'), 0)
  return {
    reason: reasonOf(at(reason, 'code') ?? at(json, 'errorCode')),
    text: textOf(at(reason, 'message') ?? at(first, 'errorMsg') ?? at(json, 'errorMessage')),
  }
}

const BY_REASON: Readonly<Record<string, KmsCode>> = {
  BEARER_SUB_EXTRACTION_ERR: 'ERR_KMS_DENIED',
  KEY_ROOT_REQ_ERR: 'ERR_KMS_KEY_STATE',
  KEY_EXPIRED_ERR: 'ERR_KMS_KEY_STATE',
}

const MISSING = 'Check the id or alias, the instance, the region and the key ring.'

/** Turns a reply that is no success into what went wrong. */
export function faultOf(reply: HttpReply, what: string): Fault {
  const refusal = readRefusal(reply.body)
  const code = refusal.reason === undefined ? undefined : BY_REASON[refusal.reason]
  return faultFrom(reply, what, refusal, code, reply.status === 404 ? MISSING : undefined)
}

/**
 * Whether a service that will not unwrap means that the wrapped key or the context was altered.
 *
 * Key Protect answers `INVALID_FIELD_ERR` for these, and 422 in older versions.
 */
export function openRefused(error: unknown): OpenError | undefined {
  if (!(error instanceof KmsError)) return undefined
  const { status, reason } = error
  const refused = status === 422 || (status === 400 && reason === 'INVALID_FIELD_ERR')
  return refused ? new OpenError() : undefined
}
