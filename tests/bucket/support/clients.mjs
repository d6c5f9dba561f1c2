// The clients that buckets are used through, each as its own documentation says.
import { S3 } from '@aws-sdk/client-s3'
import { AwsClient } from 'aws4fetch'
import COS from 'ibm-cos-sdk'
import { cos, r2, s3, s3Fetch } from '../../../js/dist/bucket.js'
import { CREDENTIALS, REGION } from './servers.mjs'

/** The AWS SDK for JavaScript. */
export function awsSdk(url) {
  const client = new S3({
    endpoint: url,
    region: REGION,
    forcePathStyle: true,
    credentials: CREDENTIALS,
  })
  return { name: '@aws-sdk/client-s3', client, store: s3(client) }
}

/** The SDK of IBM Cloud Object Storage, with keys of the HMAC kind. */
export function cosSdk(url) {
  const client = new COS.S3({
    endpoint: url,
    region: REGION,
    s3ForcePathStyle: true,
    signatureVersion: 'v4',
    ...CREDENTIALS,
  })
  return { name: 'ibm-cos-sdk', client, store: cos(client) }
}

/** Plain requests that aws4fetch signs. */
export function signedFetch(url) {
  const client = new AwsClient({ ...CREDENTIALS, service: 's3', region: REGION, retries: 0 })
  const store = s3Fetch({ url, fetch: (to, init) => client.fetch(to, init) })
  return { name: 'aws4fetch', client, store }
}

/** The binding of a worker. */
export function binding(bucket) {
  return { name: 'R2 binding', client: bucket, store: r2(bucket) }
}
