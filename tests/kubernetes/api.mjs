// Calls of the key service's owner: root keys, rotation, identities, registrations.

const GRANT = 'urn:ibm:params:oauth:grant-type:apikey'
const ROLE = 'crn:v1:bluemix:public:iam::::serviceRole:Reader'

const collection = (kind, resource) => ({
  metadata: { collectionType: `application/vnd.ibm.kms.${kind}+json`, collectionTotal: 1 },
  resources: [resource],
})

/** The owner of a key service. */
export class Owner {
  #ready

  constructor(ready) {
    this.#ready = ready
  }

  async #call(method, path, body) {
    const { url, instance, apiKey } = this.#ready
    const form = new URLSearchParams({ grant_type: GRANT, apikey: apiKey })
    const granted = await fetch(`${url}/identity/token`, { method: 'POST', body: form })
    const { access_token: token } = await granted.json()
    const headers = {
      authorization: `Bearer ${token}`,
      'bluemix-instance': instance,
      'content-type': 'application/json',
    }
    const reply = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })
    const text = await reply.text()
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async rootKey(name) {
    const key = collection('key', { name, extractable: false })
    return (await this.#call('POST', '/api/v2/keys', key)).resources[0]
  }

  rotate({ id }) {
    return this.#call('POST', `/api/v2/keys/${id}/actions/rotate`)
  }

  async version({ id }) {
    const { resources } = await this.#call('GET', `/api/v2/keys/${id}/metadata`)
    return resources[0].keyVersion.id
  }

  async registrations({ id }) {
    return (await this.#call('GET', `/api/v2/keys/${id}/registrations`)).resources ?? []
  }

  /** An API key of the Kubernetes service, which an authorization lets read the root keys. */
  async kubernetes({ crn }) {
    const [, , , , , region, scope, instance] = crn.split(':')
    const account = scope.slice(2)
    const cluster = `crn:v1:bluemix:public:containers-kubernetes:${region}:a/${account}:c0ffee::`
    const key = { name: 'plugin', iam_id: `crn-${cluster}` }
    const { apikey } = await this.#call('POST', '/v1/apikeys', key)
    const equals = (key, value) => ({ key, operator: 'stringEquals', value })
    await this.#call('POST', '/v2/policies', {
      type: 'authorization',
      subject: {
        attributes: [equals('accountId', account), equals('serviceName', 'containers-kubernetes')],
      },
      control: { grant: { roles: [{ role_id: ROLE }] } },
      resource: {
        attributes: [
          equals('accountId', account),
          equals('serviceName', 'kms'),
          equals('serviceInstance', instance),
        ],
      },
    })
    return { cluster, apiKey: apikey }
  }
}
