import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  type DataKey,
  Envelope,
  OpenError,
  type RootKey,
  type RsaHash,
  rsaUnwrappingKey,
  type Slot,
} from 'tsutsumi'
import { dataKeyHandle } from '../dist/data-key.js'
import { receive } from '../dist/wasm/memory.js'
import { assertCode, rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, localKey } from './support/keys.js'
import { folder, missing, published } from './support/vectors.js'

const names = { namespace: 'tests', name: 'rsa 1' }
const RSA = { name: 'RSA-OAEP', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }

function pair(hash: RsaHash, extractable = false): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ ...RSA, hash }, extractable, ['encrypt', 'decrypt'])
}

/** The bytes of a data key, which nothing outside of the tests gets to see. */
function bytesOfKey(dataKey: DataKey): Uint8Array {
  return dataKeyHandle(dataKey).enter((core, id) => receive(core, core.dataKeyLift(id)))
}

async function slotFor(publicKey: CryptoKey, bytes: Uint8Array<ArrayBuffer>): Promise<Slot> {
  const block = await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, publicKey, bytes)
  const { namespace: provider, name } = names
  return { provider, info: bytesOf(name), ciphertext: new Uint8Array(block) }
}

describe('an RSA key that unwraps', () => {
  it('opens a message whose data key was encrypted to it', async () => {
    const { publicKey, privateKey } = await pair('SHA-256')
    // A writer that wraps with RSA, as others have.
    const writer: RootKey = {
      provider: names.namespace,
      id: names.name,
      wrap: async (dataKey) => slotFor(publicKey, new Uint8Array(bytesOfKey(dataKey))),
      unwrap: () => Promise.reject(new Error('only wraps')),
    }
    const plaintext = bytesOf('from the archive')
    const context = { year: '2019' }
    const message = await new Envelope({ rootKey: writer }).encrypt(plaintext, { context })
    const rootKey = rsaUnwrappingKey(privateKey, names)
    const opened = await new Envelope({ rootKey }).decrypt(message, { context })
    assert.deepEqual(opened.plaintext, plaintext)
    // With others beside it, of which any opens.
    const rootKeys = [localKey(), rootKey]
    assert.ok(await new Envelope({ rootKeys }).decrypt(message, { context }))
  })

  it('wraps nothing', async () => {
    const { privateKey } = await pair('SHA-256')
    const rootKey = rsaUnwrappingKey(privateKey, names)
    await rejectsCode(new Envelope({ rootKey }).encrypt(bytesOf('x')), 'ERR_ARGUMENT')
  })

  it('takes its own slots only, and tells no reason when one fails', async () => {
    const { publicKey, privateKey } = await pair('SHA-512')
    const key = rsaUnwrappingKey(privateKey, names)
    const slot = await slotFor(publicKey, new Uint8Array(32))
    for (const foreign of [
      { ...slot, provider: 'other' },
      { ...slot, info: bytesOf('rsa 2') },
      { ...slot, info: bytesOf('rsa 1 ') },
    ]) {
      await rejectsCode(key.unwrap(foreign), 'ERR_POLICY_KEY')
    }
    const altered = slot.ciphertext.slice()
    altered[9] = (altered[9] ?? 0) ^ 1
    const { publicKey: stranger } = await pair('SHA-512')
    for (const ciphertext of [
      altered,
      slot.ciphertext.subarray(1),
      new Uint8Array(0),
      (await slotFor(stranger, new Uint8Array(32))).ciphertext,
      (await slotFor(publicKey, new Uint8Array(31))).ciphertext,
      (await slotFor(publicKey, new Uint8Array(0))).ciphertext,
    ]) {
      const error = await rejectsCode(key.unwrap({ ...slot, ciphertext }), 'ERR_OPEN_FAILED')
      assert.equal(error.hint, undefined)
    }
    const dataKey = await key.unwrap(slot)
    assert.deepEqual(bytesOfKey(dataKey), new Uint8Array(32))
    dataKey.dispose()
  })

  it('is a private key for OAEP, or a JSON Web Key with a hash', async () => {
    const { publicKey, privateKey } = await pair('SHA-1', true)
    const jwk = await crypto.subtle.exportKey('jwk', privateKey)
    const slot = await slotFor(publicKey, new Uint8Array(16).fill(7))
    const dataKey = await rsaUnwrappingKey(jwk, { ...names, hash: 'SHA-1' }).unwrap(slot)
    assert.deepEqual(bytesOfKey(dataKey), new Uint8Array(16).fill(7))
    const { d: _, ...withoutSecret } = jwk
    const wrong = [publicKey, null, 'key', new Uint8Array(3), { kty: 'oct' }, withoutSecret]
    for (const key of wrong) {
      throwsCode(() => rsaUnwrappingKey(key as never, { ...names, hash: 'SHA-1' }), 'ERR_ARGUMENT')
    }
    const options = [
      { namespace: '', name: 'x' },
      { namespace: 'aws-kms', name: 'x' },
      { namespace: 'a', name: 1 },
      { ...names, hash: 'MD5' },
      { ...names, padding: 'PKCS1' },
    ]
    for (const bad of options) {
      throwsCode(() => rsaUnwrappingKey(jwk, bad as never), 'ERR_ARGUMENT')
    }
    // The hash that the key itself names is another one.
    await rejectsCode(
      rsaUnwrappingKey(jwk, { ...names, hash: 'SHA-384' }).unwrap(slot),
      'ERR_ARGUMENT',
    )
  })
})

interface OaepFile {
  readonly testGroups: readonly {
    readonly sha: RsaHash
    readonly mgfSha: RsaHash
    readonly privateKeyPkcs8: string
    readonly privateKeyJwk?: JsonWebKey
    readonly tests: readonly {
      readonly tcId: number
      readonly msg: string
      readonly ct: string
      readonly label: string
      readonly result: string
    }[]
  }[]
}

const hex = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'hex'))

describe('Wycheproof, RSA-OAEP', { skip: missing }, () => {
  it('is opened where it is a data key without a label, and refused otherwise', async (test) => {
    const files = missing ? [] : readdirSync(`${folder}wycheproof`)
    const counts = { opened: 0, invalid: 0, outside: 0 }
    for (const file of files.filter((name) => name.startsWith('rsa_oaep_'))) {
      const { testGroups } = JSON.parse(published(`wycheproof/${file}`).toString()) as OaepFile
      for (const group of testGroups) {
        assert.equal(group.mgfSha, group.sha)
        const { sha: hash } = group
        const algorithm = { name: 'RSA-OAEP', hash }
        const der = hex(group.privateKeyPkcs8)
        const key = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['decrypt'])
        const keys = [rsaUnwrappingKey(key, names)]
        // What these files say of use and operations is narrower than WebCrypto's own words.
        const { kty, n, e, d, p, q, dp, dq, qi } = group.privateKeyJwk ?? {}
        const jwk = { kty, n, e, d, p, q, dp, dq, qi } as JsonWebKey
        if (group.privateKeyJwk) keys.push(rsaUnwrappingKey(jwk, { ...names, hash }))
        for (const { tcId, msg, ct, label, result } of group.tests) {
          const { namespace: provider, name } = names
          const slot = { provider, info: bytesOf(name), ciphertext: hex(ct) }
          const length = msg.length / 2
          const fits = label === '' && [16, 24, 32].includes(length)
          for (const rootKey of keys) {
            try {
              const dataKey = await rootKey.unwrap(slot)
              assert.ok(result === 'valid' && fits, `${file} ${tcId}: opened`)
              assert.deepEqual(bytesOfKey(dataKey), hex(msg))
              dataKey.dispose()
            } catch (error) {
              if (!(error instanceof OpenError)) throw error
              assert.ok(result !== 'valid' || !fits, `${file} ${tcId}: refused`)
              assertCode(error, 'ERR_OPEN_FAILED')
            }
          }
          counts[result !== 'valid' ? 'invalid' : fits ? 'opened' : 'outside'] += 1
        }
      }
    }
    test.diagnostic(JSON.stringify(counts))
    const all = counts.opened + counts.invalid + counts.outside
    assert.ok(counts.opened >= 8 && counts.invalid >= 150 && all >= 283, `${all} cases`)
  })
})
