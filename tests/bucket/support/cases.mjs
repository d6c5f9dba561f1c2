// What the groups of checks share.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

export const MIB = 1 << 20
export const CHUNK = 16_384

/** The shortest parts that stores take: uploads in parts are tested with little. */
export const PART = 5 * MIB

/** Random bytes. */
export function bytes(length) {
  const array = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(array.subarray(at, Math.min(length, at + 65_536)))
  }
  return array
}

/** Checks that something is refused with a code; returns the error. */
export async function refused(code, work) {
  const error = await work().then(
    () => undefined,
    (failure) => failure,
  )
  assert.equal(error?.code, code, `${error?.stack ?? 'nothing was refused'}`)
  return error
}

/** A stream of bytes, in pieces. */
export function streamOf(array, piece = 100_000) {
  let at = 0
  return new ReadableStream({
    pull(out) {
      if (at >= array.length) return out.close()
      out.enqueue(array.subarray(at, at + piece))
      at += piece
    },
  })
}

/** Checks that an object has a plaintext. */
export async function same(bucket, key, plaintext) {
  const got = await bucket.get(key)
  assert.equal(got.size, plaintext.length)
  assert.ok(Buffer.from(await got.bytes()).equals(plaintext), 'other bytes came back')
}

/** A name that no other run uses. */
export function bucketName() {
  return `tests-${randomBytes(6).toString('hex')}`
}
