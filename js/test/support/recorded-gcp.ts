/**
 * Google Cloud KMS as its reference documents it: requests, replies and errors of `encrypt` and
 * `decrypt`. The service itself cannot be run here, so this stands in for it.
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Backend } from './fault-proxy.js'

/** The token that it takes. */
export const GCP_TOKEN = 'ya29.canary-token'

interface Version {
  readonly number: number
  readonly material: Buffer
}

interface Key {
  readonly versions: Version[]
  enabled: boolean
}

/** A service with some keys. */
export class RecordedGcp {
  readonly #keys = new Map<string, Key>()

  /** Adds a key, or a version of one. */
  add(name: string, enabled = true): void {
    const key = this.#keys.get(name) ?? { versions: [], enabled }
    key.versions.push({ number: key.versions.length + 1, material: randomBytes(32) })
    this.#keys.set(name, key)
  }

  readonly answer: Backend = async (path, init) => {
    const { authorization } = Object.fromEntries(new Headers(init.headers))
    if (authorization !== `Bearer ${GCP_TOKEN}`) {
      const message =
        'Request had invalid authentication credentials. Expected OAuth 2 access token, login ' +
        'cookie or other valid authentication credential.'
      return refusal(401, 'UNAUTHENTICATED', message)
    }
    const [, name = '', operation] = /^\/v1\/(.*):(encrypt|decrypt)$/.exec(path) ?? []
    const key = this.#keys.get(name)
    if (key === undefined) return refusal(404, 'NOT_FOUND', `CryptoKey ${name} not found.`)
    if (!key.enabled) {
      const version = `${name}/cryptoKeyVersions/1`
      const message = `${version} is not enabled, current state is: DISABLED.`
      return refusal(400, 'FAILED_PRECONDITION', message)
    }
    const json: unknown = JSON.parse(await new Response(init.body ?? null).text())
    const body = json as Record<string, string>
    return operation === 'encrypt' ? encrypt(name, key, body) : decrypt(key, body)
  }
}

function encrypt(name: string, key: Key, body: Record<string, string>): Response {
  const version = key.versions.at(-1)
  if (version === undefined) throw new Error('a key without a version')
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', version.material, iv)
  cipher.setAAD(Buffer.from(body['additionalAuthenticatedData'] ?? '', 'base64'))
  const text = Buffer.concat([
    cipher.update(Buffer.from(body['plaintext'] ?? '', 'base64')),
    cipher.final(),
  ])
  const ciphertext = Buffer.concat([Buffer.of(version.number), iv, text, cipher.getAuthTag()])
  return Response.json({
    name: `${name}/cryptoKeyVersions/${version.number}`,
    ciphertext: ciphertext.toString('base64'),
    ciphertextCrc32c: '1907443906',
    verifiedPlaintextCrc32c: false,
    verifiedAdditionalAuthenticatedDataCrc32c: false,
    protectionLevel: 'SOFTWARE',
  })
}

function decrypt(key: Key, body: Record<string, string>): Response {
  const bytes = Buffer.from(body['ciphertext'] ?? '', 'base64')
  const version = key.versions.find(({ number }) => number === bytes[0])
  try {
    if (version === undefined) throw new Error('no such version')
    const decipher = createDecipheriv('aes-256-gcm', version.material, bytes.subarray(1, 13))
    decipher.setAAD(Buffer.from(body['additionalAuthenticatedData'] ?? '', 'base64'))
    decipher.setAuthTag(bytes.subarray(-16))
    const key32 = Buffer.concat([decipher.update(bytes.subarray(13, -16)), decipher.final()])
    return Response.json({
      plaintext: key32.toString('base64'),
      plaintextCrc32c: '4094302843',
      usedPrimary: version === key.versions.at(-1),
      protectionLevel: 'SOFTWARE',
    })
  } catch {
    const message =
      "Decryption failed: the ciphertext is invalid. Verify that you're using the correct key, " +
      'additional authenticated data, and that the ciphertext has not been altered.'
    return refusal(400, 'INVALID_ARGUMENT', message)
  }
}

function refusal(code: number, status: string, message: string): Response {
  return Response.json({ error: { code, message, status } }, { status: code })
}
