/**
 * A key service that misbehaves on request: what a real one does only on a bad day.
 *
 * Speaks just enough of the API to wrap and unwrap, over real sockets.
 */

import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Loopback } from './loopback.js'

/** What is asked of the service. */
export type Operation = 'token' | 'metadata' | 'wrap' | 'unwrap' | 'other'

/** Answers a request in the service's stead. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void

/** A request that arrived. */
export interface Seen {
  readonly operation: Operation
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export const INSTANCE = '0f0e0d0c-0b0a-4908-8706-050403020100'
export const API_KEY = 'canary-api-key-4711'
export const ACCOUNT = '0123456789abcdef0123456789abcdef'

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Fault {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** Answers with an error as Key Protect writes it. */
export function refusal(status: number, code: string, headers?: Record<string, string>): Fault {
  const reasons = [{ code, message: `canary reason of ${code}`, status }]
  return json(status, { metadata: {}, resources: [{ errorMsg: code, reasons }] }, headers)
}

interface Wrapped {
  readonly plaintext: string
  readonly aad: string
  readonly key: string
}

/** The service; `faults` are used up one by one, `lasting` ones stay. */
export class FakeService extends Loopback {
  readonly seen: Seen[] = []
  readonly keyId: string = randomUUID()
  readonly faults = new Map<Operation, Fault[]>()
  readonly lasting = new Map<Operation, Fault>()
  tokenLife_s = 3600
  tokens = 0
  readonly #wrapped = new Map<string, Wrapped>()

  get crn(): string {
    return `crn:v1:bluemix:public:kms:us-south:a/${ACCOUNT}:${INSTANCE}:key:${this.keyId}`
  }

  /** How often something was asked. */
  count(operation: Operation): number {
    return this.seen.filter((seen) => seen.operation === operation).length
  }

  /** Forgets everything but the key and what was wrapped under it. */
  reset(): void {
    this.seen.length = 0
    this.tokens = 0
    this.tokenLife_s = 3600
    this.faults.clear()
    this.lasting.clear()
  }

  protected override async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const operation = operationOf(request.url ?? '')
    this.seen.push({ operation, url: request.url ?? '', headers: request.headers, body })
    response.setHeader('correlation-id', request.headers['correlation-id'] ?? 'none')
    const fault = this.faults.get(operation)?.shift() ?? this.lasting.get(operation)
    if (fault !== undefined) fault(request, response)
    else this.#answer(operation, body)(request, response)
  }

  #answer(operation: Operation, body: string): Fault {
    switch (operation) {
      case 'token': {
        this.tokens += 1
        const access_token = `canary-token-${this.tokens}`
        return json(200, { access_token, token_type: 'Bearer', expires_in: this.tokenLife_s })
      }
      case 'metadata':
        return json(200, {
          metadata: { collectionType: 'application/vnd.ibm.kms.key+json', collectionTotal: 1 },
          resources: [{ id: this.keyId, crn: this.crn, name: 'fake', state: 1 }],
        })
      case 'wrap': {
        const { plaintext, aad } = JSON.parse(body) as { plaintext: string; aad: string[] }
        const ciphertext = Buffer.from(randomUUID()).toString('base64')
        this.#wrapped.set(ciphertext, { plaintext, aad: aad.join(), key: this.keyId })
        return json(200, { ciphertext, keyVersion: { id: this.keyId } })
      }
      case 'unwrap': {
        const { ciphertext, aad } = JSON.parse(body) as { ciphertext: string; aad: string[] }
        const wrapped = this.#wrapped.get(ciphertext)
        if (wrapped === undefined || wrapped.aad !== aad.join()) {
          return refusal(400, 'INVALID_FIELD_ERR')
        }
        return json(200, { plaintext: wrapped.plaintext, keyVersion: { id: this.keyId } })
      }
      default:
        return refusal(404, 'KEY_NOT_FOUND_ERR')
    }
  }
}

function operationOf(url: string): Operation {
  if (url.startsWith('/identity/token')) return 'token'
  if (url.endsWith('/metadata')) return 'metadata'
  if (/(\/actions\/|\?action=)wrap$/.test(url)) return 'wrap'
  if (/(\/actions\/|\?action=)unwrap$/.test(url)) return 'unwrap'
  return 'other'
}
