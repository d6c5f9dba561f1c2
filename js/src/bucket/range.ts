/**
 * Ranges of bytes as HTTP writes them.
 *
 * @module
 */

/** Ranges in one request, at the most: each is fetched by itself. */
const RANGES_MAX = 16

/** The first byte, and the one behind the last. */
export type Span = readonly [start: number, end: number]

/** What a `Range` header asks for: nothing that is known, nothing that is there, or some bytes. */
export type Asked = 'all' | 'none' | readonly Span[]

/**
 * Reads a `Range` header.
 *
 * @param size - Bytes that there are.
 * @returns `all` for headers that have to be ignored, `none` if no range of it is there.
 * @see RFC 9110, section 14.1.2
 */
export function readRange(header: string | null | undefined, size: number): Asked {
  if (header === null || header === undefined) return 'all'
  const [, list] = /^\s*bytes\s*=(.*)$/i.exec(header) ?? []
  if (list === undefined) return 'all'
  const parts = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 0 || parts.length > RANGES_MAX) return 'all'
  const spans: Span[] = []
  for (const part of parts) {
    const [, from, to] = /^(\d{0,15})-(\d{0,15})$/.exec(part) ?? []
    if (from === undefined || to === undefined || (from === '' && to === '')) return 'all'
    if (from !== '' && to !== '' && Number(to) < Number(from)) return 'all'
    const span = spanOf(from, to, size)
    if (span !== undefined) spans.push(span)
  }
  return spans.length === 0 ? 'none' : spans
}

function spanOf(from: string, to: string, size: number): Span | undefined {
  if (from === '') {
    const count = Math.min(Number(to), size)
    return count === 0 ? undefined : [size - count, size]
  }
  const start = Number(from)
  if (start >= size) return undefined
  return [start, to === '' ? size : Math.min(Number(to) + 1, size)]
}

/** A `Content-Range` header. */
export function contentRange([start, end]: Span, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`
}
