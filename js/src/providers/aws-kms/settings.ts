/**
 * How AWS KMS is reached: options, checked, with the defaults filled in.
 *
 * @module
 */

import { type Credentials, Given } from '../../http/credentials.js'
import {
  BOUNDS,
  type Bounds,
  type BoundsOptions,
  readBounds,
  readHeaderText,
  readUrl,
} from '../../http/settings.js'
import { readOptions, readText, refuse } from '../../options.js'

/** Credentials of AWS, as its own tools name them. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Options of {@link awsKms}. */
export interface AwsKmsOptions extends BoundsOptions {
  /** Region of the keys, such as `eu-central-1`. */
  readonly region: string
  /** Credentials, or a function that returns fresh ones each time it is called. */
  readonly credentials: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>)
  /** Address of the service; default that of the region. */
  readonly url?: string
}

/** What the options come to. */
export interface Settings extends Bounds {
  readonly url: string
  readonly region: string
  readonly credentials: Credentials<AwsCredentials>
}

/** Checks the options of {@link awsKms}. */
export function readSettings(options: AwsKmsOptions): Settings {
  const read = readOptions(options, 'options', ['region', 'credentials', 'url', ...BOUNDS])
  const region = readText(read.region, 'region')
  if (!/^[a-z]{2,8}(-[a-z0-9]+){2,4}$/.test(region)) {
    refuse('region', 'has to be a name such as `eu-central-1`')
  }
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const { credentials } = read
  const source = typeof credentials === 'function' ? credentials : readCredentials(credentials)
  return {
    region,
    url: read.url === undefined ? `https://kms.${region}.${domain}` : readUrl(read.url, 'url'),
    credentials: new Given('credentials', source, readCredentials),
    ...readBounds(read),
  }
}

// Unknown members are left alone: providers of credentials add some of their own.
function readCredentials(value: unknown): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken } = Object(value) as Partial<AwsCredentials>
  return {
    accessKeyId: readHeaderText(accessKeyId, 'credentials.accessKeyId'),
    secretAccessKey: readText(secretAccessKey, 'credentials.secretAccessKey'),
    ...(sessionToken === undefined
      ? {}
      : { sessionToken: readHeaderText(sessionToken, 'credentials.sessionToken') }),
  }
}
