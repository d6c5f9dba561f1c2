import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyProtect } from 'tsutsumi/key-protect'
import { rejectsCode, throwsCode } from './support/failure.js'
import { ACCOUNT, INSTANCE } from './support/fake-service.js'

describe('options of keyProtect', () => {
  const good = { region: 'us-south', instance: INSTANCE, apiKey: 'k' }
  const wrong: readonly (readonly [string, object])[] = [
    ['no options', {}],
    ['an unknown option', { ...good, retries: 3 }],
    ['neither region nor url', { ...good, region: undefined }],
    ['both', { ...good, url: 'https://x.example' }],
    ['a region that is a host', { ...good, region: 'evil.example/' }],
    ['a url over plain http', { ...good, region: undefined, url: 'http://kms.example' }],
    ['a url that is none', { ...good, region: undefined, url: 'kms.example' }],
    ['a url with a password', { ...good, region: undefined, url: 'https://a:b@kms.example' }],
    ['a url with a query', { ...good, region: undefined, url: 'https://kms.example/?x' }],
    ['an instance that is none', { ...good, instance: 'mine' }],
    ['no credentials', { ...good, apiKey: undefined }],
    ['two credentials', { ...good, token: 't' }],
    ['a token with a line break', { ...good, apiKey: undefined, token: 'a\nb' }],
    ['a time of zero', { ...good, timeout_ms: 0 }],
    ['a deadline in words', { ...good, deadline_ms: 'soon' }],
    ['a form that is none', { ...good, actionForm: 'body' }],
    ['a fetch that is none', { ...good, fetch: 'fetch' }],
    ['a key ring with a line break', { ...good, keyRing: 'a\nb' }],
  ]
  for (const [name, given] of wrong) {
    it(`refuses ${name}`, () => {
      const error = throwsCode(() => keyProtect(given as never), 'ERR_ARGUMENT')
      assert.ok(!error.message.includes('a\nb'))
    })
  }

  it('takes addresses of this machine, and a trailing slash or path', async () => {
    for (const url of ['http://localhost:1', 'http://[::1]:1', 'https://x.example/api/v2/']) {
      keyProtect({ url, instance: INSTANCE, apiKey: 'k' })
    }
  })

  it('asks the token service that goes with the address', async () => {
    const cases = [
      [{ region: 'eu-de' }, 'https://iam.cloud.ibm.com/identity/token'],
      [
        { url: 'https://private.eu-de.kms.cloud.ibm.com' },
        'https://private.iam.cloud.ibm.com/identity/token',
      ],
      [{ url: 'https://kms.example' }, 'https://kms.example/identity/token'],
      [{ region: 'eu-de', iamUrl: 'https://iam.example' }, 'https://iam.example/identity/token'],
      [
        { url: 'https://cloud.ibm.com.evil.example' },
        'https://cloud.ibm.com.evil.example/identity/token',
      ],
    ] as const
    for (const [where, expected] of cases) {
      let asked = ''
      const fetch = async (url: string): Promise<Response> => {
        asked = url
        return new Response('', { status: 403 })
      }
      const kms = keyProtect({ ...where, instance: INSTANCE, apiKey: 'k', fetch })
      await rejectsCode(kms.listRootKeys(), 'ERR_KMS_DENIED')
      assert.equal(asked, expected)
    }
  })

  it('refuses ids that can be none, and CRNs from elsewhere', () => {
    const kms = keyProtect(good)
    const crn = `crn:v1:bluemix:public:kms:us-south:a/${ACCOUNT}`
    const ids: readonly unknown[] = [
      '',
      'a',
      'a/b',
      '../x',
      'a'.repeat(91),
      1,
      null,
      `${crn}:00000000-0000-4000-8000-000000000000:key:abc`,
      `${crn}:${INSTANCE}::`,
      `${crn}:${INSTANCE}:key:`,
      'crn:v1',
    ]
    for (const id of ids) throwsCode(() => kms.key(id as string), 'ERR_ARGUMENT')
    kms.key(`${crn}:${INSTANCE}:key:abc`)
    kms.key('an_alias-1')
  })

  it('refuses keys that the service would refuse', async () => {
    const kms = keyProtect(good)
    const cases: readonly unknown[] = [
      {},
      { name: 'x' },
      { name: 'x'.repeat(91) },
      { name: 'ok', aliases: 'alias' },
      { name: 'ok', aliases: ['a b'] },
      { name: 'ok', aliases: ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'] },
      { name: 'ok', description: 'x' },
      { name: 'ok', material: 'text' },
      { name: 'ok', material: new Uint8Array(31) },
      { name: 'ok', material: new Uint8Array(32), description: 'both' },
      { name: 'ok', payload: 'x' },
    ]
    for (const one of cases) await rejectsCode(kms.createRootKey(one as never), 'ERR_ARGUMENT')
  })
})
