import { embeddedKeyProtect } from 'tsutsumi/local'
import { makeClient } from '../dist/key-protect/client.js'
import { makeAzureKeyVault } from '../dist/providers/azure-key-vault/client.js'
import { makeGcpKms } from '../dist/providers/gcp-kms/client.js'
import { type Bench, conformance, json } from './support/provider-suite.js'
import { AZURE_TOKEN, RecordedAzure } from './support/recorded-azure.js'
import { GCP_TOKEN, RecordedGcp } from './support/recorded-gcp.js'

const ring = 'projects/acme-1/locations/europe-west3/keyRings/tests/cryptoKeys'
const gcp = new RecordedGcp()

const gcpBench: Bench = {
  name: 'Google Cloud KMS, as documented',
  async start() {
    for (const name of ['first', 'other']) gcp.add(`${ring}/${name}`)
    gcp.add(`${ring}/disabled`, false)
    return gcp.answer
  },
  key: (which, { url, clock, fetch, wrongCredentials }) => {
    const token = wrongCredentials === true ? 'canary-wrong' : GCP_TOKEN
    const options = { url, token, ...(fetch === undefined ? {} : { fetch }) }
    return makeGcpKms(options, clock).key(`${ring}/${which}`)
  },
  rotate: async () => gcp.add(`${ring}/first`),
  bindsContext: true,
  info: /^projects\/acme-1\/.*\/cryptoKeys\/first$/,
  throttled: json(429, {
    error: { code: 429, message: 'Quota exceeded for quota metric', status: 'RESOURCE_EXHAUSTED' },
  }),
  unwrapped: (key) => ({ plaintext: Buffer.from(key).toString('base64'), usedPrimary: true }),
  gone: 'ERR_KMS_KEY_MISSING',
}

const azure = new RecordedAzure()
let vault = ''

const azureBench: Bench = {
  name: 'Azure Key Vault, as documented',
  async start() {
    for (const name of ['first', 'other']) azure.add(name)
    azure.add('disabled', false)
    return azure.answerAt(() => vault)
  },
  key: (which, { url, clock, fetch, wrongCredentials }) => {
    vault = url
    const token = wrongCredentials === true ? 'canary-wrong' : AZURE_TOKEN
    const options = { url, token, ...(fetch === undefined ? {} : { fetch }) }
    return makeAzureKeyVault(options, clock).key(which)
  },
  rotate: async () => azure.add('first'),
  bindsContext: false,
  info: /^http:.*\/keys\/first\/[0-9a-f]{32}$/,
  throttled: json(429, { error: { code: 'Throttled', message: 'Request was not processed' } }),
  unwrapped: (key) => ({ kid: 'k', value: Buffer.from(key).toString('base64url') }),
  gone: 'ERR_KMS_KEY_MISSING',
}

const embedded = await embeddedKeyProtect()
const direct = makeClient(
  { ...embedded },
  { now: Date.now, random: () => 0, after: () => () => {} },
)

const keyProtectBench: Bench = {
  name: 'IBM Key Protect, the embedded service',
  async start() {
    for (const name of ['first', 'other', 'disabled']) {
      const key = await direct.createRootKey({ name, aliases: [name] })
      if (name === 'disabled') await key.disable()
    }
    return (path, init) => embedded.fetch(`${embedded.url}${path}`, init)
  },
  key: (which, { url, clock, fetch, wrongCredentials }) => {
    const { instance } = embedded
    const credentials = { token: wrongCredentials === true ? 'canary-wrong' : accessToken }
    const options = { url, instance, ...credentials, ...(fetch === undefined ? {} : { fetch }) }
    return makeClient(options, clock).key(which)
  },
  rotate: () => direct.key('first').rotate(),
  bindsContext: true,
  info: /^crn:v1:.*:key:[0-9a-f-]{36}$/,
  throttled: json(429, {}),
  unwrapped: (key) => ({ plaintext: Buffer.from(key).toString('base64') }),
  gone: 'ERR_KMS_KEY_MISSING',
}

// Fetched once, so that what the suite counts are calls of the service alone.
const form = new URLSearchParams({
  grant_type: 'urn:ibm:params:oauth:grant-type:apikey',
  apikey: embedded.apiKey,
})
const granted = await embedded.fetch(`${embedded.url}/identity/token`, {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new TextEncoder().encode(form.toString()),
})
const { access_token: accessToken } = (await granted.json()) as { readonly access_token: string }

for (const bench of [gcpBench, azureBench, keyProtectBench]) conformance(bench)
