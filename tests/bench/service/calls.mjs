// The calls that are measured: of our service, of moto's KMS and of OpenBao's Transit engine.
import { connections, request } from './load.mjs'

const PLAINTEXT = Buffer.alloc(32, 7).toString('base64')

/** Something that sends requests to one server and requires a status of each answer. */
function asker(url) {
  const lines = connections(url)
  const ask = async (line, made, status) => {
    const answer = await lines.at(line).send(made)
    if (answer.status === status) return answer
    throw new Error(`answered ${answer.status}, not ${status}: ${answer.body}`)
  }
  return { ask, close: lines.close }
}

function equal(actual, wanted) {
  if (actual !== wanted) throw new Error('what was unwrapped is something else')
}

/** Calls of the root-key API. */
export async function ourCalls({ url, instance, apiKey }) {
  const { ask, close } = asker(url)
  const form = `grant_type=urn:ibm:params:oauth:grant-type:apikey&apikey=${apiKey}`
  const login = await ask(0, request('POST', '/identity/token', {}, form), 200)
  const headers = {
    authorization: `Bearer ${JSON.parse(login.body).access_token}`,
    'bluemix-instance': instance,
  }
  const make = (method, path, body) => request(method, `/api/v2${path}`, headers, body)
  const fields = { name: 'measured', extractable: false }
  const creation = make('POST', '/keys', JSON.stringify({ metadata: {}, resources: [fields] }))
  const create = async (line) => JSON.parse((await ask(line, creation, 201)).body).resources[0].id
  const key = await create(0)
  const act = (action, body) => make('POST', `/keys/${key}/actions/${action}`, JSON.stringify(body))
  const wrapping = act('wrap', { plaintext: PLAINTEXT })
  const wrap = async (line) => JSON.parse((await ask(line, wrapping, 200)).body)
  const unwrapping = act('unwrap', { ciphertext: (await wrap(0)).ciphertext })
  const unwrap = async (line) =>
    equal(JSON.parse((await ask(line, unwrapping, 200)).body).plaintext, PLAINTEXT)
  const reading = make('GET', `/keys/${key}/metadata`)
  const listing = make('GET', '/keys?limit=200&sort=-creationDate')
  const counting = make('HEAD', '/keys')
  return {
    wrap,
    unwrap,
    pair: (line, turn) => (turn % 2 === 0 ? wrap(line) : unwrap(line)),
    get: (line) => ask(line, reading, 200),
    list: (line) => ask(line, listing, 200),
    count: (line) => ask(line, counting, 200),
    create,
    /** How many keys there are. */
    total: async () => Number(/^key-total: (\d+)/im.exec((await ask(0, counting, 200)).head)[1]),
    close,
  }
}

/** The same work in the words of AWS KMS. */
export async function motoCalls(url) {
  const { ask, close } = asker(url)
  const make = (action, body) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${action}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/kms/aws4_request, ' +
        'SignedHeaders=host, Signature=0',
    }
    return request('POST', '/', headers, JSON.stringify(body))
  }
  const answer = async (line, made) => JSON.parse((await ask(line, made, 200)).body)
  const { KeyMetadata } = await answer(0, make('CreateKey', {}))
  const encrypting = make('Encrypt', { KeyId: KeyMetadata.KeyId, Plaintext: PLAINTEXT })
  const { CiphertextBlob } = await answer(0, encrypting)
  const decrypting = make('Decrypt', { CiphertextBlob })
  const decrypt = async (line) => equal((await answer(line, decrypting)).Plaintext, PLAINTEXT)
  return {
    pair: (line, turn) => (turn % 2 === 0 ? answer(line, encrypting) : decrypt(line)),
    close,
  }
}

/** The same work in the words of OpenBao's Transit engine. */
export async function baoCalls({ url, token, key }) {
  const { ask, close } = asker(url)
  const make = (action, body) => {
    const headers = { 'x-vault-token': token }
    return request('POST', `/v1/transit/${action}/${key}`, headers, JSON.stringify(body))
  }
  const answer = async (line, made) => JSON.parse((await ask(line, made, 200)).body).data
  const encrypting = make('encrypt', { plaintext: PLAINTEXT })
  const { ciphertext } = await answer(0, encrypting)
  const decrypting = make('decrypt', { ciphertext })
  const decrypt = async (line) => equal((await answer(line, decrypting)).plaintext, PLAINTEXT)
  return {
    pair: (line, turn) => (turn % 2 === 0 ? answer(line, encrypting) : decrypt(line)),
    close,
  }
}
