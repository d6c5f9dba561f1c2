// Drives the service with the npm package @ibm-cloud/ibm-key-protect 0.1.2. Argument: the service's
// ready line.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const KeyProtectV2 = require('@ibm-cloud/ibm-key-protect/ibm-key-protect-api/v2')
const { IamAuthenticator } = require('@ibm-cloud/ibm-key-protect/auth')

const ready = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const client = KeyProtectV2.newInstance({
  authenticator: new IamAuthenticator({ apikey: ready.apiKey, url: ready.url }),
  serviceUrl: ready.url,
})
const instance = { bluemixInstance: ready.instance }
let passed = 0
let failed = 0
const check = (name, holds) => {
  if (holds) passed += 1
  else {
    failed += 1
    console.log(`FAILED: ${name}`)
  }
}
const refused = async (name, code, call) => {
  try {
    await call()
    check(name, false)
  } catch (error) {
    check(name, String(error.body).includes(code))
  }
}
const collection = (resource, type = 'key') => ({
  metadata: { collectionType: `application/vnd.ibm.kms.${type}+json`, collectionTotal: 1 },
  resources: [resource],
})

const created = await client.createKey({
  ...instance,
  body: collection({ type: 'application/vnd.ibm.kms.key+json', name: 'root', extractable: false }),
})
check('create answers 201', created.status === 201)
const { id } = created.result.resources[0]
const read = await client.getKey({ ...instance, id })
check('get reads the key', read.result.resources[0].name === 'root')
const metadata = await client.getKeyMetadata({ ...instance, id })
check('metadata reads the key', metadata.result.resources[0].id === id)
const count = await client.getKeyCollectionMetadata({ ...instance, state: [0, 1, 2, 3] })
check('head counts the keys', count.headers['key-total'] === '1')
const listed = await client.getKeys({ ...instance, state: [1, 5], limit: 10 })
check('list finds the key', listed.result.resources.length === 1)

const plaintext = Buffer.from('secret').toString('base64')
const wrapped = await client.wrapKey({
  ...instance,
  id,
  keyActionWrapBody: { plaintext, aad: ['a', 'b'] },
})
check('wrap answers a ciphertext', wrapped.result.keyVersion.id === id)
const { ciphertext } = wrapped.result
const unwrapped = await client.unwrapKey({
  ...instance,
  id,
  keyActionUnwrapBody: { ciphertext, aad: ['a', 'b'] },
})
check('unwrap gives back what was wrapped', unwrapped.result.plaintext === plaintext)
await refused('unwrap refuses another aad', 'INVALID_FIELD_ERR', () =>
  client.unwrapKey({ ...instance, id, keyActionUnwrapBody: { ciphertext } }),
)
const drawn = await client.wrapKey({ ...instance, id, keyActionWrapBody: {} })
check('wrap makes a data key', drawn.result.plaintext.length === 44)

check('alias', (await client.createKeyAlias({ ...instance, id, alias: 'orders' })).status === 201)
const rotated = await client.rotateKey({ ...instance, id: 'orders', keyActionRotateBody: {} })
check('rotate answers 204', rotated.status === 204)
const rewrapped = await client.rewrapKey({
  ...instance,
  id,
  keyActionRewrapBody: { ciphertext, aad: ['a', 'b'] },
})
check('rewrap names the new version', rewrapped.result.rewrappedKeyVersion.id !== id)
const versions = await client.getKeyVersions({ ...instance, id })
check('versions are listed', versions.result.resources.length === 2)
const unnamed = await client.deleteKeyAlias({ ...instance, id, alias: 'orders' })
check('alias goes', unnamed.status === 204)

check('ring', (await client.createKeyRing({ ...instance, keyRingId: 'ring' })).status === 201)
const rings = await client.listKeyRings(instance)
check('rings are listed', rings.result.resources.length === 2)
check('ring goes', (await client.deleteKeyRing({ ...instance, keyRingId: 'ring' })).status === 204)

const policy = await client.putPolicy({
  ...instance,
  id,
  policy: 'rotation',
  setKeyPoliciesOneOf: collection(
    { type: 'application/vnd.ibm.kms.policy+json', rotation: { enabled: true, interval_month: 2 } },
    'policy',
  ),
})
check('policy is set', policy.result.resources[0].rotation.interval_month === 2)
const instancePolicy = await client.putInstancePolicy({
  ...instance,
  policy: 'metrics',
  setInstancePoliciesOneOf: collection(
    { policy_type: 'metrics', policy_data: { enabled: true } },
    'policy',
  ),
})
check('instance policy is set', instancePolicy.status === 204)
const token = await client.postImportToken({ ...instance, expiration: 300 })
check('import token is made', token.result.remainingRetrievals === 1)
const registrations = await client.getRegistrationsAllKeys(instance)
check('registrations are listed', registrations.result.metadata.collectionTotal === 0)

check('disable answers 204', (await client.disableKey({ ...instance, id })).status === 204)
await refused('enable waits', 'REQ_TOO_EARLY_ERR', () => client.enableKey({ ...instance, id }))
await refused('a disabled key does not wrap', 'KEY_ACTION_INVALID_STATE_ERR', () =>
  client.wrapKey({ ...instance, id, keyActionWrapBody: {} }),
)
const deleted = await client.deleteKey({ ...instance, id, prefer: 'return=representation' })
check('delete shows the key', deleted.result.resources[0].state === 5)
await refused('a key is deleted once', 'KEY_DELETED_ERR', () =>
  client.deleteKey({ ...instance, id }),
)

console.log(`ibm-key-protect-0.1.2: ${passed} passed, ${failed} failed`)
process.exit(failed || !passed ? 1 : 0)
