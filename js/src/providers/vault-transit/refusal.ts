/**
 * What a refusal of Vault or OpenBao means.
 *
 * @module
 */

import type { KmsCode, KmsError } from '../../errors.js'
import type { HttpReply } from '../../http/exchange.js'
import { at, faultFrom, jsonOf, textOf } from '../../http/refusal.js'
import type { Fault } from '../../http/retry.js'

// It has no codes of its own, only sentences, which have stayed the same for years.
const SAYINGS: readonly (readonly [pattern: RegExp, reason: string, code: KmsCode | undefined])[] =
  [
    [/encryption key not found|no handler for route/, 'KEY_NOT_FOUND', 'ERR_KMS_KEY_MISSING'],
    [/unsupported path/, 'KEY_NOT_FOUND', 'ERR_KMS_KEY_MISSING'],
    [/disallowed by policy|soft.?deleted/, 'KEY_STATE', 'ERR_KMS_KEY_STATE'],
    [/does not support (en|de)cryption/, 'KEY_STATE', 'ERR_KMS_KEY_STATE'],
    [/message authentication failed|invalid ciphertext/, 'INVALID_CIPHERTEXT', undefined],
    [/rate limit|quota exceeded/, 'QUOTA', 'ERR_KMS_THROTTLED'],
    [/sealed/, 'SEALED', 'ERR_KMS_UNAVAILABLE'],
  ]

/** Turns a reply that is no success into what went wrong. */
export function faultOf(reply: HttpReply, what: string): Fault {
  const errors = at(jsonOf(reply.body), 'errors')
  const said = Array.isArray(errors) ? errors.map(String).join(' ') : undefined
  const text = said === '' ? undefined : textOf(said)
  const [, reason, code] = SAYINGS.find(([pattern]) => pattern.test(text ?? '')) ?? []
  return faultFrom(reply, what, { reason, text }, code)
}

/** Whether the wrapped key or the context was altered. */
export function isOpenFailure({ reason }: KmsError): boolean {
  return reason === 'INVALID_CIPHERTEXT'
}
