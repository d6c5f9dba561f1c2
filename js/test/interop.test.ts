/** Foreign formats, against the platform's own cipher and against published values. */

import assert from 'node:assert/strict'
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import {
  openJwe,
  openS3Object,
  openTinkEnvelope,
  sealJwe,
  sealTinkEnvelope,
  sharedKey,
} from 'tsutsumi/interop'
import { rejectsCode } from './support/failure.js'
import { bytesOf, localKey, randomBytes } from './support/keys.js'

const LENGTHS = [0, 1, 15, 16, 17, 1000, 100_000]

function gcmSeal(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function gcmOpen(key: Uint8Array, iv: Uint8Array, aad: Uint8Array, sealed: Uint8Array): Buffer {
  const cipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(aad)
  cipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
}

const b64u = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url')
const from = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
const NOTHING = new Uint8Array(0)

/** A JWE by hand. */
function jwe(key: Uint8Array, header: Record<string, unknown>, plaintext: Uint8Array): string {
  const text = b64u(JSON.stringify(header))
  const iv = randomBytes(12)
  const sealed = gcmSeal(key, iv, bytesOf(text), plaintext)
  return [text, '', b64u(iv), b64u(sealed.subarray(0, -16)), b64u(sealed.subarray(-16))].join('.')
}

test('a JWE under a shared key is what the platform makes of it, both ways', async () => {
  const bytes = randomBytes(32)
  const key = await sharedKey(bytes)
  for (const length of LENGTHS) {
    const plaintext = randomBytes(length)
    const direct = (await sealJwe(plaintext, { key, algorithm: 'dir' })).split('.')
    const [header, none, iv, ciphertext, tag] = direct
    assert.deepEqual(JSON.parse(from(header).toString()), { alg: 'dir', enc: 'A256GCM' })
    assert.equal(none, '')
    const sealed = Buffer.concat([from(ciphertext), from(tag)])
    const opened = gcmOpen(bytes, from(iv), bytesOf(header ?? ''), sealed)
    assert(opened.equals(plaintext))
    const theirs = jwe(bytes, { enc: 'A256GCM', alg: 'dir', kid: 'k' }, plaintext)
    const ours = await openJwe(theirs, { key, algorithm: 'dir' })
    assert.deepEqual(ours.plaintext, plaintext)
    assert.equal(ours.header['kid'], 'k')
  }
})

test('a wrapped key is one that the platform unwraps, in both forms', async () => {
  const bytes = randomBytes(32)
  const key = await sharedKey(bytes)
  const plaintext = randomBytes(100)
  for (const form of ['compact', 'general'] as const) {
    const text = await sealJwe(plaintext, { key, algorithm: 'A256GCMKW', form, keyId: 'one' })
    const { plaintext: opened, header } = await openJwe(text, { key, algorithm: 'A256GCMKW' })
    assert.deepEqual(opened, plaintext)
    assert.equal(header['kid'], 'one')
    const wrapped =
      form === 'compact'
        ? text.split('.')[1]
        : (JSON.parse(text) as { recipients: { encrypted_key: string }[] }).recipients[0]
            ?.encrypted_key
    const [iv, tag] = [header['iv'], header['tag']].map((part) => from(String(part)))
    const sealed = Buffer.concat([from(wrapped), tag ?? NOTHING])
    assert.equal(gcmOpen(bytes, iv ?? NOTHING, NOTHING, sealed).length, 32)
  }
})

test('a JWE under a root key carries its slot, bound to the context', async () => {
  const rootKey = localKey()
  const plaintext = bytesOf('under a root key')
  for (const form of ['compact', 'general'] as const) {
    const text = await sealJwe(plaintext, { rootKey, context: { tenant: 'acme' }, form })
    const opened = await openJwe(text, { rootKey, context: { tenant: 'acme' } })
    assert.deepEqual(opened.plaintext, plaintext)
    await rejectsCode(openJwe(text, { rootKey, context: {} }), 'ERR_OPEN_FAILED')
    const other = localKey('other')
    await rejectsCode(openJwe(text, { rootKey: other }), 'ERR_POLICY_KEY')
  }
})

test('a JWE that is altered, or asks for something else, is refused by name', async () => {
  const bytes = randomBytes(32)
  const key = await sharedKey(bytes)
  const text = await sealJwe(bytesOf('plaintext'), { key, algorithm: 'A256GCMKW' })
  const open = (jwe: string) => openJwe(jwe, { key, algorithm: 'A256GCMKW' })
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === 'A' ? 'B' : 'A'
    await assert.rejects(open(text.slice(0, at) + other + text.slice(at + 1)), `character ${at}`)
  }
  for (const part of [0, 1, 2, 3, 4]) {
    const parts = text.split('.')
    parts.splice(part, 1)
    await rejectsCode(open(parts.join('.')), 'ERR_FORMAT_TRUNCATED')
  }
  await rejectsCode(open(`${text}.`), 'ERR_FORMAT_INVALID')
  await rejectsCode(openJwe(text, { key, algorithm: 'dir' }), 'ERR_POLICY_SUITE')
  const direct = (header: object) =>
    openJwe(jwe(bytes, { ...header }, bytes), { key, algorithm: 'dir' })
  await rejectsCode(direct({ alg: 'dir', enc: 'A128CBC-HS256' }), 'ERR_POLICY_SUITE')
  await rejectsCode(direct({ alg: 'RSA-OAEP', enc: 'A256GCM' }), 'ERR_POLICY_SUITE')
  await rejectsCode(direct({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' }), 'ERR_FORMAT_SUITE')
  await rejectsCode(direct({ alg: 'dir', enc: 'A256GCM', crit: ['x'] }), 'ERR_FORMAT_SUITE')
  const error = await rejectsCode(open('eyJ9.*.a.b.c'), 'ERR_FORMAT_INVALID')
  assert.equal('offset' in error ? error.offset : -1, 5)
  key.dispose()
  await rejectsCode(open(text), 'ERR_STATE')
})

test('an envelope under a shared key is what Tink makes, both ways', async () => {
  const bytes = randomBytes(32)
  const key = await sharedKey(bytes)
  const associatedData = bytesOf('data')
  for (const length of LENGTHS) {
    const plaintext = randomBytes(length)
    const envelope = Buffer.from(await sealTinkEnvelope(plaintext, { key, associatedData }))
    const end = 4 + envelope.readUInt32BE(0)
    const wrapped = gcmOpen(bytes, envelope.subarray(4, 16), NOTHING, envelope.subarray(16, end))
    assert.equal(wrapped.subarray(0, 2).toString('hex'), '1a20')
    const dataKey = wrapped.subarray(2)
    const body = envelope.subarray(end)
    assert(
      gcmOpen(dataKey, body.subarray(0, 12), associatedData, body.subarray(12)).equals(plaintext),
    )
    assert.deepEqual(await openTinkEnvelope(envelope, { key, associatedData }), plaintext)
    await rejectsCode(openTinkEnvelope(envelope, { key }), 'ERR_OPEN_FAILED')
  }
})

test('an envelope that is altered or cut is refused', async () => {
  const key = await sharedKey(randomBytes(32))
  const envelope = await sealTinkEnvelope(bytesOf('x'), { key })
  for (let at = 4; at < envelope.length; at++) {
    const altered = envelope.slice()
    altered[at] = (altered[at] ?? 0) ^ 1
    await rejectsCode(openTinkEnvelope(altered, { key }), 'ERR_OPEN_FAILED')
  }
  for (let length = 0; length < envelope.length - 1; length += 5) {
    await assert.rejects(openTinkEnvelope(envelope.slice(0, length), { key }))
  }
  const none = new Uint8Array(60)
  await rejectsCode(openTinkEnvelope(none, { key }), 'ERR_FORMAT_INVALID')
})

test('an envelope under a root key holds a slot', async () => {
  const rootKey = localKey()
  const associatedData = bytesOf('data')
  const envelope = await sealTinkEnvelope(bytesOf('value'), { rootKey, associatedData })
  const opened = await openTinkEnvelope(envelope, { rootKey, associatedData })
  assert.deepEqual(opened, bytesOf('value'))
  await rejectsCode(openTinkEnvelope(envelope, { rootKey: localKey('b') }), 'ERR_POLICY_KEY')
  for (let bit = 0; bit < envelope.length * 8; bit++) {
    const altered = envelope.slice()
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await assert.rejects(openTinkEnvelope(altered, { rootKey, associatedData }), `bit ${bit}`)
  }
})

/** An object of the S3 Encryption Client, by its specification. */
function s3Object(key: Uint8Array, plaintext: Uint8Array) {
  const [dataKey, iv, wrapIv] = [randomBytes(32), randomBytes(12), randomBytes(12)]
  const wrapped = gcmSeal(key, wrapIv, bytesOf('AES/GCM/NoPadding'), dataKey)
  const metadata = {
    'x-amz-meta-x-amz-key-v2': Buffer.concat([wrapIv, wrapped]).toString('base64'),
    'x-amz-iv': Buffer.from(iv).toString('base64'),
    'x-amz-wrap-alg': 'AES/GCM',
    'x-amz-cek-alg': 'AES/GCM/NoPadding',
    'x-amz-tag-len': '128',
    'x-amz-matdesc': '{}',
  }
  return { metadata, body: gcmSeal(dataKey, iv, NOTHING, plaintext) }
}

test('objects of the S3 Encryption Client, V2, are opened under an AES key', async () => {
  const bytes = randomBytes(32)
  const key = await sharedKey(bytes)
  const { metadata, body } = s3Object(bytes, bytesOf('an object'))
  assert.deepEqual(await openS3Object(body, metadata, { key }), bytesOf('an object'))
  body[0] = (body[0] ?? 0) ^ 1
  await rejectsCode(openS3Object(body, metadata, { key }), 'ERR_OPEN_FAILED')
  const refused = (change: object, code: string) =>
    rejectsCode(openS3Object(body, { ...metadata, ...change }, { key }), code)
  await refused({ 'x-amz-cek-alg': 'AES/CBC/PKCS5Padding' }, 'ERR_POLICY_SUITE')
  await refused({ 'x-amz-cek-alg': 'AES/CTR/NoPadding' }, 'ERR_POLICY_SUITE')
  await refused({ 'x-amz-wrap-alg': 'AESWrap' }, 'ERR_POLICY_SUITE')
  await refused({ 'x-amz-tag-len': '96' }, 'ERR_FORMAT_INVALID')
  await refused({ 'x-amz-iv': 'AAAA' }, 'ERR_FORMAT_INVALID')
  await refused({ 'x-amz-c': '115' }, 'ERR_FORMAT_INVALID')
  await rejectsCode(openS3Object(body, {}, { key }), 'ERR_FORMAT_VERSION')
  await rejectsCode(openS3Object(body, { 'x-amz-key': '' }, { key }), 'ERR_POLICY_SUITE')
})

test('objects of V3 are opened under a root key, and commit to their key', async () => {
  // A key service stood for by 32 bytes that this test knows: what it wrapped is looked up.
  const rootKey = localKey()
  const bytes = randomBytes(32)
  const known = await sharedKey(bytes)
  const [id, suite] = [randomBytes(28), Uint8Array.of(0, 0x73)]
  const expand = (label: string, length: number) =>
    Buffer.from(hkdfSync('sha512', bytes, id, Buffer.concat([suite, bytesOf(label)]), length))
  const iv = new Uint8Array(12).fill(1)
  const body = gcmSeal(expand('DERIVEKEY', 32), iv, suite, bytesOf('version three'))
  const provider = {
    provider: 'kms',
    id: 'arn',
    wrap: rootKey.wrap.bind(rootKey),
    unwrap: async (_slot: unknown, options?: { readonly context?: object }) => {
      assert.deepEqual({ ...options?.context }, { 'aws:x-amz-cek-alg': '115', tenant: 'acme' })
      return (await import('../dist/data-key.js')).adoptDataKey(
        (await import('../dist/wasm/instance.js')).core.enter((core) => {
          const at = core.input(32)
          new Uint8Array(core.memory.buffer).set(bytes, at)
          return core.dataKeyLand(32)
        }),
      )
    },
  }
  const metadata = {
    'x-amz-c': '115',
    'x-amz-w': '12',
    'x-amz-3': Buffer.from('wrapped').toString('base64'),
    'x-amz-d': expand('COMMITKEY', 28).toString('base64'),
    'x-amz-i': Buffer.from(id).toString('base64'),
    'x-amz-t': '{"tenant":"acme","aws:x-amz-cek-alg":"115"}',
  }
  const options = { rootKey: provider, context: { tenant: 'acme' } }
  assert.deepEqual(await openS3Object(body, metadata, options), bytesOf('version three'))
  const flipped = { ...metadata, 'x-amz-d': Buffer.from(id).toString('base64') }
  await rejectsCode(openS3Object(body, flipped, options), 'ERR_OPEN_FAILED')
  await rejectsCode(openS3Object(body, metadata, { rootKey: provider }), 'ERR_POLICY_CONTEXT')
  const other = await rejectsCode(openS3Object(body, metadata, { key: known }), 'ERR_POLICY_SUITE')
  assert.match(other.message, /not for wrapping by `kms\+context`/)
  for (const [mark, name] of [
    ['02', /V3 is not read with wrapping by `AES\/GCM`/],
    ['22', /V3 is not read with wrapping by `RSA-OAEP-SHA1`/],
  ] as const) {
    const wrapped = { ...metadata, 'x-amz-w': mark }
    const refused = openS3Object(body, wrapped, { key: known })
    assert.match((await rejectsCode(refused, 'ERR_POLICY_SUITE')).message, name)
  }
})
