import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { embeddedKeyProtect } from 'tsutsumi/local'
import { type Asker, owner, type Reachable, type Said, sealFor } from './browser/owner.js'
import { randomBytes } from './support/keys.js'
import { missing, NativeService } from './support/native-service.js'

const READER = 'crn:v1:bluemix:public:iam::::serviceRole:Reader'
const GUID = '11111111-2222-4333-8444-555555555555'

function collection(key: object): object {
  return { metadata: {}, resources: [{ extractable: false, ...key }] }
}

function attributes(values: Record<string, string>): object {
  const list = Object.entries(values)
  return { attributes: list.map(([key, value]) => ({ key, operator: 'stringEquals', value })) }
}

/** Makes a root key and returns its id and the account it is in. */
async function make(ask: Asker, key: object): Promise<{ id: string; account: string }> {
  const made = await ask('POST', '/keys', collection(key))
  assert.equal(made.status, 201, JSON.stringify(made.json))
  const { id = '', crn = '' } = made.json.resources?.[0] ?? {}
  return { id, account: crn.split(':')[6]?.slice(2) ?? '' }
}

/** Object storage of a region, logged in as itself. */
async function storage(
  service: Reachable,
  ask: Asker,
  region: string,
  account: string,
): Promise<Asker> {
  const iam_id = `crn-crn:v1:bluemix:public:cloud-object-storage:${region}:a/${account}:${GUID}::`
  const issued = await ask('POST', '/v1/apikeys', { name: 'storage', iam_id })
  assert.equal(issued.status, 201)
  return owner({ ...service, apiKey: String(issued.json['apikey']) })
}

function unauthorized(said: Said): void {
  assert.equal(said.status, 401)
  assert.match(JSON.stringify(said.json), /Unauthorized: The user does not have access/)
}

/** Root keys of every origin, then a source service with and without its authorization. */
async function walk(service: Reachable): Promise<void> {
  const ask = await owner(service)
  const { id, account } = await make(ask, { name: 'generated' })
  const material = randomBytes(32)
  await make(ask, { name: 'imported', payload: Buffer.from(material).toString('base64') })
  assert.equal((await ask('POST', '/import_token', {})).status, 200)
  const sealed = await sealFor(await ask('GET', '/import_token'), randomBytes(32))
  await make(ask, { name: 'imported under a token', ...sealed })

  const source = await storage(service, ask, 'us-south', account)
  const elsewhere = await storage(service, ask, 'eu-de', account)
  const wrap = (by: Asker): Promise<Said> =>
    by('POST', `/keys/${id}/actions/wrap`, { plaintext: 'aGVsbG8=' })
  for (const call of [wrap(source), source('GET', '/keys'), wrap(elsewhere)]) {
    unauthorized(await call)
  }

  const authorization = await ask('POST', '/v2/policies', {
    type: 'authorization',
    subject: attributes({ accountId: account, serviceName: 'cloud-object-storage' }),
    resource: attributes({
      accountId: account,
      serviceName: 'kms',
      serviceInstance: service.instance,
    }),
    control: { grant: { roles: [{ role_id: READER }] } },
  })
  assert.equal(authorization.status, 201)
  const listed = await source('GET', '/keys')
  assert.equal(listed.json.resources?.length, 3)
  const wrapped = await wrap(source)
  assert.equal(wrapped.status, 200)
  const ciphertext = wrapped.json['ciphertext']
  for (const path of [`/keys/${id}/actions/unwrap`, `/keys/${id}?action=unwrap`]) {
    const opened = await source('POST', path, { ciphertext })
    assert.equal(opened.json['plaintext'], 'aGVsbG8=')
  }
  unauthorized(await source('POST', `/keys/${id}/actions/rotate`))
  unauthorized(await wrap(elsewhere))

  const removed = await ask('DELETE', `/v2/policies/${String(authorization.json['id'])}`)
  assert.equal(removed.status, 204)
  unauthorized(await wrap(source))
  unauthorized(await source('GET', '/keys'))
}

describe('a service that uses root keys', () => {
  it('of the embedded service', async () => {
    await walk(await embeddedKeyProtect())
  })
})

describe('a service that uses root keys of the program', { skip: missing }, () => {
  let native: NativeService

  before(() => {
    native = new NativeService()
  })
  after(() => native.stop())

  it('over real HTTP', async () => {
    await walk({ ...(await native.ready()), fetch })
  })
})
