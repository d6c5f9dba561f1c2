/**
 * What a refusal of Google Cloud KMS means.
 *
 * @module
 */

import type { KmsCode, KmsError } from '../../errors.js'
import type { HttpReply } from '../../http/exchange.js'
import { at, faultFrom, jsonOf, reasonOf, textOf } from '../../http/refusal.js'
import type { Fault } from '../../http/retry.js'

const BY_REASON: Readonly<Record<string, KmsCode>> = {
  DEADLINE_EXCEEDED: 'ERR_KMS_TIMEOUT',
  FAILED_PRECONDITION: 'ERR_KMS_KEY_STATE',
  NOT_FOUND: 'ERR_KMS_KEY_MISSING',
  PERMISSION_DENIED: 'ERR_KMS_DENIED',
  RESOURCE_EXHAUSTED: 'ERR_KMS_THROTTLED',
  UNAUTHENTICATED: 'ERR_KMS_DENIED',
}

/** Turns a reply that is no success into what went wrong. */
export function faultOf(reply: HttpReply, what: string): Fault {
  const error = at(jsonOf(reply.body), 'error')
  const refusal = { reason: reasonOf(at(error, 'status')), text: textOf(at(error, 'message')) }
  const code = refusal.reason === undefined ? undefined : BY_REASON[refusal.reason]
  return faultFrom(reply, what, refusal, code)
}

/** Whether the wrapped key or the context was altered. */
export function isOpenFailure({ reason }: KmsError): boolean {
  return reason === 'INVALID_ARGUMENT'
}
