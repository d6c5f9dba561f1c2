/**
 * Base64 for URLs, without padding and in its one canonical form (RFC 4648 section 5).
 *
 * @module
 */

import { FormatError } from '../errors.js'

/** Bytes as text. */
export function encodeBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += 8192) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  }
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

/**
 * Text as bytes.
 *
 * @param text - What is between two dots, or a member of JSON.
 * @param what - Its name in an error.
 * @param offset - Where it stands in what was given.
 * @throws {@link FormatError} `ERR_FORMAT_INVALID` for anything but the canonical form.
 */
export function decodeBase64url(
  text: string,
  what: string,
  offset: number,
): Uint8Array<ArrayBuffer> {
  const bad = text.search(/[^A-Za-z0-9_-]/)
  if (bad >= 0) throw malformed(what, offset + bad)
  if (text.length % 4 === 1) throw malformed(what, offset + text.length)
  const bytes = decodeBase64(text.replace(/-/g, '+').replace(/_/g, '/'))
  // Bits behind the last byte have to be zero: otherwise two texts would stand for one.
  const last = text.slice(text.length - (text.length % 4))
  const left = bytes.subarray(bytes.length - (bytes.length % 3))
  if (last !== '' && encodeBase64url(left) !== last) throw malformed(what, offset + text.length - 1)
  return bytes
}

/** Base64 with or without padding, already known to have no other characters. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function malformed(what: string, offset: number): FormatError {
  return new FormatError('ERR_FORMAT_INVALID', `the ${what} is not base64url`, { offset })
}
