/**
 * Everything that `tsutsumi/interop` exports.
 *
 * @module
 */

export { type ExplainOptions, explain } from '../explain/explain.js'
export type { Clause, Explanation, Format, Stop } from '../explain/report.js'
export { inspectMessage } from './inspect.js'
export type { JweHeader } from './jwe-header.js'
export { type OpenedJwe, type OpenJweOptions, openJwe } from './jwe-open.js'
export { type SealJweOptions, sealJwe } from './jwe-seal.js'
export { type OpenS3Options, openS3Object, type S3Metadata } from './s3.js'
export { type SharedKey, sharedKey } from './shared-key.js'
export { openTinkEnvelope, sealTinkEnvelope, type TinkEnvelopeOptions } from './tink.js'
