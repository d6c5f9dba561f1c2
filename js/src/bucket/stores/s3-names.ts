/**
 * How the API of S3 writes things.
 *
 * @module
 */

import { nonsense } from '../error.js'

/** Bytes that one request copies, at the most. */
export const COPY_LEN_MAX: number = 5 * 2 ** 30

/** Bytes of a part of a longer copy. */
const COPY_PART_LEN = 2 ** 30

/** The parts that a longer copy is made in. */
export function rangesOf(size: number): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = []
  for (let at = 0; at < size; at += COPY_PART_LEN) {
    ranges.push([at, Math.min(size, at + COPY_PART_LEN)])
  }
  return ranges
}

/** A key as part of a path; RFC 3986 has fewer plain characters than JavaScript. */
export function pathOf(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
}

/** The source of a copy, as its header has it. */
export function copySource(bucket: string, key: string): string {
  return `${bucket}/${pathOf(key)}`
}

/** An ETag without its quotes. */
export function entityTag(value: unknown): string {
  const [, etag] = /^(?:W\/)?"?([\x21\x23-\x7e]{1,256})"?$/.exec(String(value ?? '')) ?? []
  if (etag === undefined) throw nonsense('without an ETag')
  return etag
}

/** The ETag of an object in a list, which some stores leave out. */
export function listedTag(value: unknown): string | undefined {
  return value === undefined || value === '' ? undefined : entityTag(value)
}

/** Bytes in all, as a `Content-Range` header says. */
export function totalOf(contentRange: unknown): number | undefined {
  const [, total] = /^bytes \d+-\d+\/(\d{1,15})$/.exec(String(contentRange ?? '')) ?? []
  return total === undefined ? undefined : Number(total)
}
