// The calls that are measured, of our service and of moto's KMS.
import { send } from './load.mjs'

function demand(answer, status) {
  if (answer.status === status) return answer
  throw new Error(`answered ${answer.status}, not ${status}: ${answer.body}`)
}

/** Calls of the root-key API. */
export async function ourCalls({ url, instance, apiKey }) {
  const form = `grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=${apiKey}`
  const login = await send(`${url}/identity/token`, { method: 'POST', body: form })
  const headers = {
    authorization: `Bearer ${JSON.parse(demand(login, 200).body).access_token}`,
    'bluemix-instance': instance,
  }
  const ask = async (method, path, body, status) =>
    demand(await send(`${url}/api/v2${path}`, { method, headers, body }), status)
  const create = async () => {
    const key = { name: 'measured', extractable: false }
    const body = JSON.stringify({ metadata: {}, resources: [key] })
    return JSON.parse((await ask('POST', '/keys', body, 201)).body).resources[0].id
  }
  const key = await create()
  const plaintext = Buffer.alloc(32, 7).toString('base64')
  const act = (action, body) => ask('POST', `/keys/${key}/actions/${action}`, body, 200)
  const wrap = async () => JSON.parse((await act('wrap', JSON.stringify({ plaintext }))).body)
  const wrapped = JSON.stringify({ ciphertext: (await wrap()).ciphertext })
  const unwrap = async () => {
    const opened = JSON.parse((await act('unwrap', wrapped)).body)
    if (opened.plaintext !== plaintext) throw new Error('unwrap gave something else')
  }
  return {
    wrap,
    unwrap,
    pair: (_, turn) => (turn % 2 === 0 ? wrap() : unwrap()),
    get: () => ask('GET', `/keys/${key}/metadata`, '', 200),
    list: () => ask('GET', '/keys?limit=200&sort=-creationDate', '', 200),
    count: () => ask('HEAD', '/keys', '', 200),
    create,
    /** Makes keys until there are so many. */
    seed: async (count) => {
      const total = Number((await ask('HEAD', '/keys', '', 200)).headers['key-total'])
      let left = count - total
      const make = async () => {
        for (; left > 0; ) {
          left--
          await create()
        }
      }
      await Promise.all(Array.from({ length: 32 }, make))
    },
  }
}

/** The same work in the words of AWS KMS. */
export async function motoCalls(url) {
  const ask = async (action, body) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/kms/aws4_request, ' +
        'SignedHeaders=host, Signature=0',
    }
    const answer = await send(url, { method: 'POST', headers, body: JSON.stringify(body) })
    return JSON.parse(demand(answer, 200).body)
  }
  const made = await ask('CreateKey', {})
  const KeyId = made.KeyMetadata.KeyId
  const Plaintext = Buffer.alloc(32, 7).toString('base64')
  const encrypt = () => ask('Encrypt', { KeyId, Plaintext })
  const { CiphertextBlob } = await encrypt()
  const decrypt = async () => {
    const opened = await ask('Decrypt', { CiphertextBlob })
    if (opened.Plaintext !== Plaintext) throw new Error('Decrypt gave something else')
  }
  return { pair: (_, turn) => (turn % 2 === 0 ? encrypt() : decrypt()) }
}
