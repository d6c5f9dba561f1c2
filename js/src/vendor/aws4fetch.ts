/**
 * Signatures of AWS requests; the build puts the library into this file.
 *
 * @module
 */

export { AwsV4Signer } from 'aws4fetch'
