/**
 * Azure Key Vault as its reference documents it: requests, replies and errors of `wrapkey` and
 * `unwrapkey`, API version 7.4. The service itself cannot be run here, so this stands in for it.
 */

import {
  constants,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import type { Backend } from './fault-proxy.js'

/** The token that it takes. */
export const AZURE_TOKEN = 'eyJ0.canary.token'

interface Version {
  readonly id: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

interface Key {
  readonly versions: Version[]
  enabled: boolean
}

const OAEP = { oaepHash: 'sha256', padding: constants.RSA_PKCS1_OAEP_PADDING } as const

/** A vault with some keys. */
export class RecordedAzure {
  readonly #keys = new Map<string, Key>()

  /** Adds a key, or a version of one. */
  add(name: string, enabled = true): void {
    const key = this.#keys.get(name) ?? { versions: [], enabled }
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    key.versions.push({ id: randomBytes(16).toString('hex'), ...pair })
    this.#keys.set(name, key)
  }

  /** Answers under the address by which it is reached. */
  answerAt(base: () => string): Backend {
    return async (path, init) => {
      const { authorization } = Object.fromEntries(new Headers(init.headers))
      if (authorization !== `Bearer ${AZURE_TOKEN}`) {
        return refusal(401, 'Unauthorized', 'AKV10032: Invalid issuer.')
      }
      const pattern = /^\/keys\/([\w-]+)(?:\/([0-9a-f]{32}))?\/(un)?wrapkey\?api-version=7\.4$/
      const [, name = '', id, un] = pattern.exec(path) ?? []
      const key = this.#keys.get(name)
      const version =
        id === undefined ? key?.versions.at(-1) : key?.versions.find((v) => v.id === id)
      if (key === undefined || version === undefined) {
        const message = `A key with (name/id) ${name}/${id ?? ''} was not found in this key vault.`
        return refusal(404, 'KeyNotFound', message)
      }
      if (!key.enabled) {
        const message = 'Operation wrapKey is not allowed on a disabled key.'
        return refusal(403, 'Forbidden', message, { code: 'KeyDisabled' })
      }
      const json: unknown = JSON.parse(await new Response(init.body ?? null).text())
      const { alg, value } = json as { readonly alg: string; readonly value: string }
      if (alg !== 'RSA-OAEP-256') return refusal(400, 'BadParameter', `${alg} is not supported.`)
      const bytes = Buffer.from(value, 'base64url')
      try {
        const result =
          un === undefined
            ? publicEncrypt({ key: version.publicKey, ...OAEP }, bytes)
            : privateDecrypt({ key: version.privateKey, ...OAEP }, bytes)
        const kid = `${base()}/keys/${name}/${version.id}`
        return Response.json({ kid, value: result.toString('base64url') })
      } catch {
        return refusal(400, 'BadParameter', 'The parameter is incorrect.')
      }
    }
  }
}

function refusal(status: number, code: string, message: string, innererror?: object): Response {
  const error = { code, message, ...(innererror === undefined ? {} : { innererror }) }
  return Response.json({ error }, { status })
}
