// What the cases share: bytes, and how a case fails.

export const text = new TextEncoder().encode('order 17: 3 boxes')

export function check(condition, what) {
  if (!condition) throw new Error(what)
}

export function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

export async function fails(work, code) {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  )
  check(error?.code === code, `${error?.code ?? error} instead of ${code}`)
  return error
}

export function random(length) {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  }
  return bytes
}

// Not by `new Response(stream)`: in browsers that replaces the error of a stream by one of its own.
export async function whole(stream) {
  const reader = stream.getReader()
  const chunks = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer())
    chunks.push(value)
  }
}

export function local({ wrappingKey }) {
  return wrappingKey(random(32), { namespace: 'suite', name: 'key' })
}
