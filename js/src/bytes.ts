/**
 * Bytes from a caller: the real thing, or refused by name.
 *
 * @module
 */

import { kindOf, refuse } from './options.js'

function getter(prototype: object, key: PropertyKey): (this: unknown) => unknown {
  const found = Object.getOwnPropertyDescriptor(prototype, key)?.get
  return found ?? (() => undefined)
}

// Getters of the platform look at the object itself: nothing can pose as an array by inheriting.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object
const tagOf = getter(typedArray, Symbol.toStringTag)
const bufferOf = getter(typedArray, 'buffer')
const offsetOf = getter(typedArray, 'byteOffset')
const lengthOf = getter(typedArray, 'length')
const bufferLength = getter(ArrayBuffer.prototype, 'byteLength')

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    bufferLength.call(value)
    return true
  } catch {
    return false
  }
}

function isDetached(buffer: ArrayBuffer): boolean {
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/**
 * Looks at what was passed as bytes and returns a plain view of them; nothing is copied.
 *
 * @param value - A `Uint8Array` (a Node `Buffer` is one) or an `ArrayBuffer`.
 * @param argument - Its name in an error.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else: strings, other views, shared or
 *   detached memory.
 */
export function readBytes(value: unknown, argument: string): Uint8Array<ArrayBuffer> {
  if (tagOf.call(value) === 'Uint8Array') {
    const buffer = bufferOf.call(value)
    if (!isArrayBuffer(buffer)) {
      refuse(argument, 'is a view of a SharedArrayBuffer', 'Copy it first: `bytes.slice()`.')
    }
    const length = Number(lengthOf.call(value))
    if (length === 0 && isDetached(buffer)) refuse(argument, 'is a view of a detached ArrayBuffer')
    return new Uint8Array(buffer, Number(offsetOf.call(value)), length)
  }
  if (isArrayBuffer(value)) {
    if (isDetached(value)) refuse(argument, 'is a detached ArrayBuffer')
    return new Uint8Array(value)
  }
  const rule = `has to be a Uint8Array or an ArrayBuffer, not ${kindOf(value)}`
  refuse(argument, rule, typeof value === 'string' ? textHint(value) : undefined)
}

function textHint(text: string): string {
  const base64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/.test(text.slice(0, 4096))
  return base64
    ? 'It looks like base64 text: decode it to bytes first.'
    : 'Turn text into bytes with `new TextEncoder().encode(text)`.'
}

/**
 * Checks that bytes that were looked at before a wait are still there.
 *
 * @throws {@link MisuseError} `ERR_ARGUMENT` when their buffer was transferred or resized:
 *   an array whose buffer is gone looks like an empty one.
 */
export function stillThere(bytes: Uint8Array, length: number, argument: string): void {
  if (bytes.length !== length) refuse(argument, 'was detached or resized while it was in use')
}

/** Joins byte arrays into one. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Joins fields, each behind its length as a 16-bit number. */
export function joinFields(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  for (const field of fields) {
    if (field.length > 0xffff) refuse('field', 'is longer than 65,535 bytes')
    parts.push(Uint8Array.of(field.length >> 8, field.length & 0xff), field)
  }
  return concat(parts)
}

/** Splits what {@link joinFields} joined; `width` is the size of each length in bytes. */
export function splitFields(bytes: Uint8Array, width: 2 | 4): Uint8Array<ArrayBuffer>[] {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields: Uint8Array<ArrayBuffer>[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = width === 2 ? data.getUint16(at) : data.getUint32(at)
    at += width
    fields.push(bytes.slice(at, at + length) as Uint8Array<ArrayBuffer>)
    at += length
  }
  return fields
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 with padding, as bytes: a secret must not become a string, which nobody can wipe. */
export function base64Bytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill('='.charCodeAt(0))
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const left = bytes.length - from
    const group =
      ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    for (let i = 0; i < Math.min(4, left + 1); i++) {
      text[to + i] = BASE64.charCodeAt((group >> (18 - 6 * i)) & 63)
    }
  }
  return text
}
