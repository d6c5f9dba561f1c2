/**
 * Root keys in AWS KMS.
 *
 * Slots are those of the AWS KMS keyring of the AWS Encryption SDK: its languages open what is
 * written here, and what they write is opened.
 *
 * @module
 */

import type { Context } from '../../context.js'
import { type Clock, platformClock } from '../../http/clock.js'
import type { HttpRequest } from '../../http/exchange.js'
import { at, jsonOf, nonsense } from '../../http/refusal.js'
import { Rest } from '../../http/rest.js'
import { Shared } from '../../http/shared.js'
import { readText, refuse } from '../../options.js'
import type { Slot } from '../../root-key.js'
import { AwsV4Signer } from '../../vendor/aws4fetch.js'
import { fromBase64, toBase64 } from '../key-bytes.js'
import { type RemoteCall, type RemoteKey, RewrappingRootKey } from '../remote-key.js'
import { faultOf, isOpenFailure } from './refusal.js'
import { type AwsCredentials, type AwsKmsOptions, readSettings, type Settings } from './settings.js'

const PROVIDER = 'aws-kms'
const ARN =
  /^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:(key\/[A-Za-z0-9-]{1,128}|alias\/[\w/-]{1,250})$/
const NAME = /^([A-Za-z0-9-]{1,128}|alias\/[\w/-]{1,250})$/

/** A root key in AWS KMS; `rewrap` is its `ReEncrypt`. */
export type AwsKmsRootKey = RewrappingRootKey

/** Keys of AWS KMS in one region; see {@link awsKms}. */
export class AwsKms {
  readonly #settings: Settings
  readonly #clock: Clock
  readonly #rest: Rest<RemoteCall, AwsCredentials>

  /** Made by {@link awsKms}. */
  constructor(settings: Settings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    const { credentials } = settings
    const request = (call: RemoteCall, given: AwsCredentials): Promise<HttpRequest> =>
      sign(settings, clock, call, given)
    this.#rest = new Rest({ credentials, request, faultOf }, settings, clock)
  }

  /**
   * Names a root key; asks nobody yet.
   *
   * @param id - Its ARN, its id, or an alias with `alias/` in front. The ARN of the key saves a
   *   call: it is what messages carry, and is looked up once for the others.
   * @returns A root key for {@link Envelope}. The context is its encryption context.
   * @throws {@link MisuseError} `ERR_ARGUMENT` for what cannot be one, or is of another region.
   */
  key(id: string): AwsKmsRootKey {
    const name = readText(id, 'id')
    const [, region, resource] = ARN.exec(name) ?? []
    if (region === undefined && !NAME.test(name)) {
      refuse('id', 'has to be the ARN, the id or an alias of a key')
    }
    if (region !== undefined && region !== this.#settings.region) {
      refuse('id', 'is the ARN of a key in another region', 'Make a client for that region.')
    }
    const known = resource?.startsWith('key/') === true ? describe(name, name) : undefined
    return this.#rootKey(name, known)
  }

  #rootKey(id: string, known: RemoteKey | undefined): AwsKmsRootKey {
    const naming = new Shared<RemoteKey>(this.#clock, this.#settings.deadline_ms)
    let key = known
    const find = async (signal: AbortSignal | undefined): Promise<RemoteKey> => {
      // An alias may be moved: what it meant at first is what this object stands for.
      key ??= await naming.join((stop) => this.#look(id, stop), signal)
      return key
    }
    return new RewrappingRootKey({ provider: PROVIDER, id }, this.#rest, find)
  }

  async #look(id: string, signal: AbortSignal): Promise<RemoteKey> {
    const body = new TextEncoder().encode(JSON.stringify({ KeyId: id }))
    const call = { what: 'describe the key', path: 'DescribeKey', body, repeatable: true, signal }
    const { body: reply, status, attempts } = await this.#rest.send(call)
    const arn = at(at(jsonOf(reply), 'KeyMetadata'), 'Arn')
    if (typeof arn === 'string' && ARN.exec(arn)?.[1] === this.#settings.region) {
      return describe(id, arn)
    }
    throw nonsense('a request for a key without its ARN', { status, attempts })
  }
}

/**
 * Makes a client of AWS KMS; asks nobody yet.
 *
 * Failed calls are repeated up to twice where that makes sense, inside `deadline_ms`.
 *
 * @param options - The region, and credentials.
 * @returns The client; it holds nothing that needs disposal.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are unknown, missing or wrong.
 * @example
 * const kms = awsKms({ region: 'eu-central-1', credentials: { accessKeyId, secretAccessKey } })
 * const envelope = new Envelope({ rootKey: kms.key('arn:aws:kms:eu-central-1:…:key/…') })
 */
export function awsKms(options: AwsKmsOptions): AwsKms {
  return makeAwsKms(options, platformClock)
}

/** The same with a clock of the caller's, for tests. */
export function makeAwsKms(options: AwsKmsOptions, clock: Clock): AwsKms {
  return new AwsKms(readSettings(options), clock)
}

function describe(id: string, arn: string): RemoteKey {
  const info = new TextEncoder().encode(arn)
  const bound = (context: Context): object => ({ ...context })
  return {
    provider: PROVIDER,
    id,
    encoding: 'base64',
    keyPath: 'Plaintext',
    wrapRequest: (context) => {
      const rest = JSON.stringify({ KeyId: arn, EncryptionContext: bound(context) }).slice(1)
      return { path: 'Encrypt', around: ['{"Plaintext":"', `",${rest}`] }
    },
    unwrapRequest: ({ ciphertext }, context) => {
      const CiphertextBlob = toBase64(ciphertext)
      const body = { KeyId: arn, CiphertextBlob, EncryptionContext: bound(context) }
      return { path: 'Decrypt', body }
    },
    rewrapRequest: ({ ciphertext }, context) => ({
      path: 'ReEncrypt',
      body: {
        CiphertextBlob: toBase64(ciphertext),
        SourceKeyId: arn,
        SourceEncryptionContext: bound(context),
        DestinationKeyId: arn,
        DestinationEncryptionContext: bound(context),
      },
    }),
    readWrapped: (json) => {
      const ciphertext = fromBase64(at(json, 'CiphertextBlob'))
      if (ciphertext === undefined || at(json, 'KeyId') !== arn) return undefined
      return { info, ciphertext }
    },
    owns: (slot: Slot) => new TextDecoder().decode(slot.info) === arn,
    isOpenFailure,
  }
}

async function sign(
  { url, region }: Settings,
  clock: Clock,
  { path, body }: RemoteCall,
  credentials: AwsCredentials,
): Promise<HttpRequest> {
  const signer = new AwsV4Signer({
    ...credentials,
    url: `${url}/`,
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${path}`,
    },
    body,
    service: 'kms',
    region,
    datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  })
  const signed = await signer.sign()
  return { url: signed.url.href, method: 'POST', headers: Object.fromEntries(signed.headers), body }
}
