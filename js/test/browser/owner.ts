/** Calls of an embedded service as its owner makes them without the SDK. */

/** What such a call needs of a service. */
export interface Reachable {
  readonly url: string
  readonly instance: string
  readonly apiKey: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

interface Resource {
  readonly crn?: string
  readonly id?: string
  readonly reasons?: readonly { readonly code?: string }[]
}

/** What the service said. */
export interface Said {
  readonly status: number
  readonly json: { readonly resources?: readonly Resource[] } & Readonly<Record<string, unknown>>
}

/** Makes a call. */
export type Asker = (method: string, path: string, body?: object) => Promise<Said>

const grant_type = 'urn:ibm:params:oauth:grant-type:apikey'

/** Gets a token and returns what makes calls with it. */
export async function owner(service: Reachable): Promise<Asker> {
  const { url, instance, apiKey } = service
  const form = new URLSearchParams({ grant_type, apikey: apiKey }).toString()
  const init = { method: 'POST', body: new TextEncoder().encode(form) }
  const issued: unknown = await (await service.fetch(`${url}/identity/token`, init)).json()
  const token = String(Reflect.get(Object(issued), 'access_token'))
  return (method, path, body) =>
    call(service, method, path, body, {
      authorization: `Bearer ${token}`,
      'bluemix-instance': instance,
    })
}

async function call(
  service: Reachable,
  method: string,
  path: string,
  body: object | undefined,
  headers: Record<string, string>,
): Promise<Said> {
  const bytes = body === undefined ? null : new TextEncoder().encode(JSON.stringify(body))
  const base = path.startsWith('/v') ? service.url : `${service.url}/api/v2`
  const reply = await service.fetch(base + path, { method, headers, body: bytes })
  const text = await reply.text()
  return { status: reply.status, json: text === '' ? {} : JSON.parse(text) }
}

/** Seals key material for an import token, as Key Protect's documentation says. */
export async function sealFor(
  token: Said,
  material: Uint8Array<ArrayBuffer>,
): Promise<Record<string, unknown>> {
  const { subtle } = crypto
  const from = (text: unknown): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(String(text)), (byte) => byte.charCodeAt(0))
  const to = (bytes: ArrayBuffer | Uint8Array): string =>
    btoa(String.fromCharCode(...new Uint8Array(bytes)))
  const pem = new TextDecoder().decode(from(token.json['payload']))
  const spki = from(pem.replace(/-----[A-Z ]+-----|\n/g, ''))
  const rsa = { name: 'RSA-OAEP', hash: 'SHA-256' }
  const publicKey = await subtle.importKey('spki', spki, rsa, false, ['encrypt'])
  const key = await subtle.importKey('raw', material, 'AES-GCM', false, ['encrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const nonce = from(token.json['nonce'])
  return {
    extractable: false,
    payload: to(await subtle.encrypt(rsa, publicKey, material)),
    encryptedNonce: to(await subtle.encrypt({ name: 'AES-GCM', iv }, key, nonce)),
    iv: to(iv),
    encryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  }
}
