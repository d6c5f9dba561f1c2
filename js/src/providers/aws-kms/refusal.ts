/**
 * What a refusal of AWS KMS means.
 *
 * @module
 */

import type { KmsCode, KmsError } from '../../errors.js'
import type { HttpReply } from '../../http/exchange.js'
import { at, faultFrom, jsonOf, reasonOf, textOf } from '../../http/refusal.js'
import type { Fault } from '../../http/retry.js'

const BY_REASON: Readonly<Record<string, KmsCode>> = {
  AccessDeniedException: 'ERR_KMS_DENIED',
  ExpiredTokenException: 'ERR_KMS_DENIED',
  IncompleteSignature: 'ERR_KMS_DENIED',
  IncompleteSignatureException: 'ERR_KMS_DENIED',
  InvalidClientTokenId: 'ERR_KMS_DENIED',
  InvalidSignatureException: 'ERR_KMS_DENIED',
  MissingAuthenticationToken: 'ERR_KMS_DENIED',
  MissingAuthenticationTokenException: 'ERR_KMS_DENIED',
  OptInRequired: 'ERR_KMS_DENIED',
  RequestExpired: 'ERR_KMS_DENIED',
  SignatureDoesNotMatch: 'ERR_KMS_DENIED',
  UnrecognizedClientException: 'ERR_KMS_DENIED',
  DisabledException: 'ERR_KMS_KEY_STATE',
  InvalidKeyUsageException: 'ERR_KMS_KEY_STATE',
  KMSInvalidStateException: 'ERR_KMS_KEY_STATE',
  NotFoundException: 'ERR_KMS_KEY_MISSING',
  LimitExceededException: 'ERR_KMS_THROTTLED',
  Throttling: 'ERR_KMS_THROTTLED',
  ThrottlingException: 'ERR_KMS_THROTTLED',
  DependencyTimeoutException: 'ERR_KMS_UNAVAILABLE',
  InternalFailure: 'ERR_KMS_UNAVAILABLE',
  KMSInternalException: 'ERR_KMS_UNAVAILABLE',
  KeyUnavailableException: 'ERR_KMS_UNAVAILABLE',
  ServiceUnavailable: 'ERR_KMS_UNAVAILABLE',
}

const STALE = new Set(['ExpiredTokenException', 'RequestExpired'])

/** Turns a reply that is no success into what went wrong. */
export function faultOf(reply: HttpReply, what: string): Fault {
  const json = jsonOf(reply.body)
  const type = at(json, '__type')
  const reason = typeof type === 'string' ? reasonOf(type.slice(type.indexOf('#') + 1)) : undefined
  const text = textOf(at(json, 'message') ?? at(json, 'Message'))
  const code = reason === undefined ? undefined : BY_REASON[reason]
  const fault = faultFrom(reply, what, { reason, text }, code)
  return reason !== undefined && STALE.has(reason) ? { ...fault, stale: true } : fault
}

/** Whether the wrapped key or the context was altered. */
export function isOpenFailure({ reason }: KmsError): boolean {
  return reason === 'InvalidCiphertextException' || reason === 'IncorrectKeyException'
}
