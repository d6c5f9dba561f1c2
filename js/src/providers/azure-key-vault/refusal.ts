/**
 * What a refusal of Azure Key Vault means.
 *
 * @module
 */

import type { KmsCode, KmsError } from '../../errors.js'
import type { HttpReply } from '../../http/exchange.js'
import { at, faultFrom, jsonOf, reasonOf, textOf } from '../../http/refusal.js'
import type { Fault } from '../../http/retry.js'

const BY_REASON: Readonly<Record<string, KmsCode>> = {
  KeyDisabled: 'ERR_KMS_KEY_STATE',
  KeyExpired: 'ERR_KMS_KEY_STATE',
  KeyNotYetValid: 'ERR_KMS_KEY_STATE',
  KeyOperationForbidden: 'ERR_KMS_KEY_STATE',
  ObjectIsBeingDeleted: 'ERR_KMS_KEY_STATE',
  ObjectIsDeletedButRecoverable: 'ERR_KMS_KEY_STATE',
  KeyNotFound: 'ERR_KMS_KEY_MISSING',
}

/** Turns a reply that is no success into what went wrong. */
export function faultOf(reply: HttpReply, what: string): Fault {
  const error = at(jsonOf(reply.body), 'error')
  // What is inside says more: outside it may be no more than `Forbidden`.
  const inner = at(at(error, 'innererror'), 'code')
  const refusal = {
    reason: reasonOf(inner ?? at(error, 'code')),
    text: textOf(at(error, 'message')),
  }
  const code = refusal.reason === undefined ? undefined : BY_REASON[refusal.reason]
  return faultFrom(reply, what, refusal, code)
}

/** Whether the wrapped key was altered. */
export function isOpenFailure({ status, reason }: KmsError): boolean {
  return status === 400 && reason === 'BadParameter'
}
