/**
 * Everything that `tsutsumi/bucket` exports.
 *
 * @module
 */

export { ObjectReader } from '../object/ranges.js'
export type { StoredSlot } from '../slot/stored.js'
export { BucketObject, type ObjectHead } from './bucket-object.js'
export type { CopyOptions } from './copy.js'
export { type BucketOptions, type CallOptions, EncryptedBucket } from './encrypted-bucket.js'
export { type StoreCode, StoreError } from './error.js'
export type { GetOptions } from './get.js'
export type { ListedObject, ListOptions, ListPage } from './list.js'
export type { PutOptions, PutResult, Source } from './put.js'
export type { Span } from './range.js'
export type { RewrapBucketOptions, RewrapReport } from './rewrap.js'
export type {
  BucketStore,
  CallTerms,
  CopyTerms,
  GetTerms,
  ListTerms,
  ObjectStore,
  PutTerms,
  StoredBody,
  StoredEntry,
  StoredHead,
  StoredPage,
  StoredPart,
  StoredUpload,
} from './store.js'
export { cos } from './stores/cos.js'
export { r2 } from './stores/r2.js'
export { s3 } from './stores/s3.js'
export { type S3FetchOptions, s3Fetch } from './stores/s3-fetch.js'
