import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyProtect } from 'tsutsumi/key-protect'
import { type EmbeddedKeyProtect, embeddedKeyProtect } from 'tsutsumi/local'
import { owner, type Said, sealFor } from './browser/owner.js'
import { randomBytes } from './support/keys.js'

async function token(ask: Awaited<ReturnType<typeof owner>>): Promise<Said> {
  assert.equal((await ask('POST', '/import_token', { maxAllowedRetrievals: 500 })).status, 200)
  const token = await ask('GET', '/import_token')
  assert.equal(token.status, 200)
  return token
}

function code(said: Said): unknown {
  return said.json.resources?.[0]?.reasons?.[0]?.code
}

function collection(key: object): object {
  return { metadata: {}, resources: [key] }
}

async function start(options?: Parameters<typeof embeddedKeyProtect>[0]): Promise<{
  embedded: EmbeddedKeyProtect
  ask: Awaited<ReturnType<typeof owner>>
}> {
  const embedded = await embeddedKeyProtect(options)
  return { embedded, ask: await owner(embedded) }
}

describe('import tokens of the embedded service', () => {
  it('protect root keys of every length on their way', async () => {
    const { embedded, ask } = await start()
    const issued = await token(ask)
    for (const length of [16, 24, 32]) {
      const material = randomBytes(length)
      const sealed = await sealFor(issued, material)
      const made = await ask('POST', '/keys', collection({ ...sealed, name: 'sealed' }))
      assert.equal(made.status, 201, JSON.stringify(made.json))
      // The same material imported in the clear unwraps what the sealed one wrapped
      const plain = await keyProtect({ ...embedded }).createRootKey({ name: 'plain', material })
      const id = made.json.resources?.[0]?.id
      const wrapped = await ask('POST', `/keys/${id}/actions/wrap`, { plaintext: 'aGVsbG8=' })
      const ciphertext = wrapped.json['ciphertext']
      const opened = await ask('POST', `/keys/${plain.id}/actions/unwrap`, { ciphertext })
      assert.equal(opened.json['plaintext'], 'aGVsbG8=')
      const { extractable: _, ...rotation } = sealed
      assert.equal((await ask('POST', `/keys/${id}/actions/rotate`, rotation)).status, 204)
    }
  })

  it('refuse what was sealed for another token or nonce', async () => {
    const { ask } = await start()
    const sealed = await sealFor(await token(ask), randomBytes(32))
    const create = (change: object): Promise<Said> =>
      ask('POST', '/keys', collection({ ...sealed, ...change, name: 'sealed' }))
    const zeros = (length: number): string => Buffer.alloc(length).toString('base64')
    assert.equal(code(await create({ encryptedNonce: zeros(28) })), 'INCORRECT_NONCE_ERR')
    assert.equal(code(await create({ iv: zeros(11) })), 'INCORRECT_NONCE_IV_ERR')
    assert.equal(code(await create({ payload: zeros(512) })), 'INVALID_FIELD_ERR')
    await token(ask)
    assert.equal(code(await create({})), 'INVALID_FIELD_ERR')
  })

  it('expire with time, and with the program that made them', async () => {
    const masterKey = randomBytes(32)
    const { embedded, ask } = await start({ masterKey })
    const sealed = await sealFor(await token(ask), randomBytes(32))
    const snapshot = embedded.snapshot()
    const again = await start({ masterKey, snapshot })
    const key = collection({ ...sealed, name: 'sealed' })
    assert.equal(code(await again.ask('GET', '/import_token')), 'IMPORT_TOKEN_EXPIRED_ERR')
    assert.equal(code(await again.ask('POST', '/keys', key)), 'IMPORT_TOKEN_EXPIRED_ERR')
    await token(again.ask)
    assert.equal((await ask('POST', '/keys', key)).status, 201, 'the first one goes on')
    embedded.advanceClock(600)
    assert.equal(code(await ask('POST', '/keys', key)), 'IMPORT_TOKEN_EXPIRED_ERR')
  })

  it('are refused where there is no WebCrypto', async () => {
    const { ask } = await start()
    const { subtle } = crypto
    Object.defineProperty(crypto, 'subtle', { value: undefined, configurable: true })
    try {
      const refused = await ask('POST', '/import_token', {})
      assert.equal(refused.status, 403)
      assert.equal(code(refused), 'FEATURE_RESTRICTED_ERR')
    } finally {
      Object.defineProperty(crypto, 'subtle', { value: subtle, configurable: true })
    }
  })
})
