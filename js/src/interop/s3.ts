/**
 * Objects that the Amazon S3 Encryption Client wrote; read only.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { type Context, readContext } from '../context.js'
import { adoptDataKey, type DataKey, withDataKey } from '../data-key.js'
import { FormatError, PolicyError } from '../errors.js'
import { isPlainObject, readOptions, readSignal, refuse } from '../options.js'
import type { RootKey } from '../root-key.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import type { Instance } from '../wasm/instance.js'
import { send } from '../wasm/memory.js'
import { NONCE_LEN, open, unwrap } from './content.js'
import { type Key, readKey, type Terms, unwrapOne } from './keys.js'
import { readS3Metadata, type S3Description } from './s3-metadata.js'
import type { SharedKey } from './shared-key.js'

/** The metadata of an object, with or without `x-amz-meta-` in front of its names. */
export type S3Metadata = Readonly<Record<string, string>>

/** Options of {@link openS3Object}. */
export interface OpenS3Options {
  /** The key of an AES keyring. */
  readonly key?: SharedKey
  /** The root key of a KMS keyring, such as one of `tsutsumi/aws-kms`. */
  readonly rootKey?: RootKey
  /** The context that was given to put it, without the entry of the client's own. */
  readonly context?: Context
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const NOTHING = new Uint8Array(0)
const encoder = new TextEncoder()
/** The entry that the client itself adds to a context. */
const ENTRY = 'aws:x-amz-cek-alg'

/**
 * Opens an object that the S3 Encryption Client wrote, in its formats V2 and V3.
 *
 * The whole body is checked before any of it is returned; a range of one cannot be checked and is
 * not read here. The format V2 does not commit to its key. Metadata that came in an instruction
 * file can be exchanged by whoever may write it: pass only what came with the object.
 *
 * @param body - The whole body, up to 8 MiB. Not modified, not retained.
 * @param metadata - Of the object.
 * @param options - By which key.
 * @returns The plaintext, in an array of its own.
 * @throws {@link FormatError} `ERR_FORMAT_*` for other metadata.
 * @throws {@link PolicyError} `ERR_POLICY_SUITE` for the older ciphers and wrappings;
 *   `ERR_POLICY_CONTEXT` for another context.
 * @throws {@link OpenError} `ERR_OPEN_FAILED` if it was altered, or the key is another one.
 * @see S3 Encryption Client specification, "Content Metadata" and "Decryption"
 */
export async function openS3Object(
  body: Uint8Array | ArrayBuffer,
  metadata: S3Metadata,
  options: OpenS3Options,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = readBytes(body, 'body').slice()
  if (!isPlainObject(metadata)) refuse('metadata', 'has to be a plain object')
  const description = readS3Metadata(metadata)
  const names = ['key', 'rootKey', 'context', 'signal'] as const
  const read = readOptions(options, 'options', names)
  const terms = { context: readContext(read.context), signal: readSignal(read.signal) }
  const key = readKey(read)
  const formats = await loadFormats()
  const dataKey = await unwrapKey(formats, description, key, terms)
  try {
    const content =
      description.commitment === undefined ? dataKey : derive(formats, dataKey, description)
    try {
      return open(formats, content, description.nonce, description.data, bytes)
    } finally {
      content.dispose()
    }
  } finally {
    dataKey.dispose()
  }
}

async function unwrapKey(
  formats: Instance<FormatsGlue>,
  description: S3Description,
  key: Key,
  terms: Terms,
): Promise<DataKey> {
  const { wrapping, wrapped, context, cipher } = description
  if (wrapping === 'AES/GCM' && key.shared !== undefined && description.commitment === undefined) {
    const [nonce, rest] = [wrapped.subarray(0, NONCE_LEN), wrapped.subarray(NONCE_LEN)]
    if (nonce.length < NONCE_LEN) {
      throw new FormatError('ERR_FORMAT_INVALID', 'the wrapped key is too short')
    }
    return unwrap(formats, key.shared, nonce, encoder.encode(cipher), NOTHING, rest)
  }
  if (wrapping === 'kms+context' && key.root !== undefined) {
    checkContext(context, terms.context, cipher)
    const info = encoder.encode(key.root.id)
    const slot = { provider: key.root.provider, info, ciphertext: wrapped }
    return unwrapOne([slot], key.root, { ...terms, context })
  }
  const isRead = wrapping === 'kms+context' || (wrapping === 'AES/GCM' && description.version === 2)
  const problem = isRead ? 'the key is not for' : `format V${description.version} is not read with`
  throw new PolicyError('ERR_POLICY_SUITE', `${problem} wrapping by \`${wrapping}\``, {
    hint: 'Read are `kms+context` by a root key in V2 and V3, and `AES/GCM` by a key in V2.',
  })
}

function checkContext(stored: Context, expected: Context, cipher: string): void {
  const { [ENTRY]: entry, ...own } = stored
  const [mine, theirs] = [own, expected].map((pairs) =>
    JSON.stringify(Object.entries(pairs).sort()),
  )
  if (entry !== cipher || mine !== theirs) {
    throw new PolicyError('ERR_POLICY_CONTEXT', 'the context of the object is another one')
  }
}

function derive(
  formats: Instance<FormatsGlue>,
  dataKey: DataKey,
  { messageId, commitment }: S3Description,
): DataKey {
  const id = withDataKey(dataKey, formats, (core, key) =>
    core.interopDerive(key, send(core, messageId ?? NOTHING, commitment ?? NOTHING)),
  )
  return adoptDataKey(id, formats)
}
