/**
 * Stores through `@aws-sdk/client-s3`.
 *
 * @module
 */

import { at } from '../../http/refusal.js'
import { kindOf, refuse } from '../../options.js'
import { nonsense } from '../error.js'
import type { ObjectStore } from '../store.js'
import { type Dialect, sdkBucket } from './sdk.js'

/**
 * A store that the AWS SDK for JavaScript speaks to.
 *
 * @param client - `new S3({ … })` of `@aws-sdk/client-s3`, version 3. It stays yours.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for anything else.
 * @example
 * const store = s3(new S3({ region: 'eu-central-1' }))
 */
export function s3(client: object): ObjectStore {
  if (typeof client !== 'object' || client === null) {
    refuse('client', `has to be a client of S3, not ${kindOf(client)}`)
  }
  if (typeof Reflect.get(client, 'putObject') !== 'function') {
    refuse(
      'client',
      'has no operations',
      'Pass `new S3({ … })`, which has them; `S3Client` has not.',
    )
  }
  const dialect: Dialect = {
    async call(operation, fields, { signal }) {
      const run = Reflect.get(client, operation) as (...args: unknown[]) => Promise<object>
      const options = signal === undefined ? {} : { abortSignal: signal }
      return { ...(await run.call(client, fields, options)) }
    },
    stream(reply) {
      const body = reply['Body']
      const make = at(body, 'transformToWebStream')
      if (typeof make !== 'function') throw nonsense('without a body')
      return make.call(body) as ReadableStream<Uint8Array>
    },
    refusal(error) {
      const answer = at(error, '$metadata')
      const [status, id, name] = [
        at(answer, 'httpStatusCode'),
        at(answer, 'requestId'),
        at(error, 'name'),
      ]
      if (typeof status !== 'number') return {}
      return {
        status,
        reason: typeof name === 'string' ? name : undefined,
        requestId: typeof id === 'string' ? id : undefined,
      }
    },
  }
  return { bucket: (name) => sdkBucket(dialect, name) }
}
