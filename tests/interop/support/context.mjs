// The context as bytes, as wrapping keys authenticate it.

function field(text) {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

const byBytes = ([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Nothing for no pairs; else their count and the pairs by the UTF-8 bytes of their keys. */
export function serialise(pairs) {
  if (pairs.length === 0) return Buffer.alloc(0)
  const count = Buffer.alloc(2)
  count.writeUInt16BE(pairs.length)
  return Buffer.concat([count, ...pairs.toSorted(byBytes).flat().map(field)])
}

/** Whether two contexts hold the same pairs. */
export function sameContext(a, b) {
  return serialise(a).equals(serialise(b))
}
