/**
 * Making JSON Web Encryption.
 *
 * @module
 */

import { readBytes } from '../bytes.js'
import { type Context, readContext } from '../context.js'
import { type DataKey, generateDataKey } from '../data-key.js'
import { readOptions, readSignal, readText, refuse } from '../options.js'
import type { RootKey } from '../root-key.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { encodeBase64url } from './base64url.js'
import { NONCE_LEN, seal, TAG_LEN, wrap } from './content.js'
import { readKey, wrapNew } from './keys.js'
import type { SharedKey } from './shared-key.js'
import { SLOTS, writeSlots } from './slot-json.js'

/** Options of {@link sealJwe}: a key that is shared, or a root key. */
export interface SealJweOptions {
  /** The key that the reader has too. */
  readonly key?: SharedKey
  /** What it is used for: `A256GCMKW` wraps a new data key under it, `dir` uses it as it is. */
  readonly algorithm?: 'A256GCMKW' | 'dir'
  /** The root key that wraps the data key, in the protected header; the algorithm is `dir`. */
  readonly rootKey?: RootKey
  /** Bound to the wrapped data key, and not stored; only with a root key. */
  readonly context?: Context
  /** Which key it is, for the reader: the parameter `kid`. */
  readonly keyId?: string
  /** How it is written; default `'compact'`. */
  readonly form?: 'compact' | 'general'
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const encoder = new TextEncoder()
const NOTHING = new Uint8Array(0)

interface Draft {
  readonly header: Record<string, unknown>
  readonly encryptedKey: Uint8Array
  readonly key: DataKey | Handle<FormatsGlue>
  readonly dispose: () => void
}

/**
 * Seals bytes into a JWE: content under AES-256-GCM.
 *
 * A JWE does not commit to its key, and grows by a third: for what need not be one, take messages
 * or records.
 *
 * @param plaintext - Up to 8 MiB. Not modified, not retained.
 * @param options - By which key.
 * @returns The text of it.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that do not go together; `ERR_LIMIT` for
 *   more bytes.
 * @throws {@link KmsError} `ERR_KMS_*` of the root key.
 * @example
 * const token = await sealJwe(plaintext, { key, algorithm: 'A256GCMKW' })
 * @see RFC 7516; RFC 7518 sections 4.5, 4.7 and 5.3
 */
export async function sealJwe(
  plaintext: Uint8Array | ArrayBuffer,
  options: SealJweOptions,
): Promise<string> {
  const bytes = readBytes(plaintext, 'plaintext').slice()
  const names = ['key', 'algorithm', 'rootKey', 'context', 'keyId', 'form', 'signal'] as const
  const read = readOptions(options, 'options', names)
  const form = read.form ?? 'compact'
  if (form !== 'compact' && form !== 'general') refuse('form', "has to be 'compact' or 'general'")
  const formats = await loadFormats()
  const draft = await begin(formats, read)
  try {
    const kid = read.keyId === undefined ? {} : { kid: readText(read.keyId, 'keyId') }
    const header = { ...draft.header, enc: 'A256GCM', ...kid }
    const protectedText = encodeBase64url(encoder.encode(JSON.stringify(header)))
    const sealed = seal(formats, draft.key, encoder.encode(protectedText), bytes)
    return write(form, protectedText, draft.encryptedKey, sealed)
  } finally {
    bytes.fill(0)
    draft.dispose()
  }
}

async function begin(
  formats: Instance<FormatsGlue>,
  options: Partial<SealJweOptions>,
): Promise<Draft> {
  const { algorithm } = options
  const { shared, root } = readKey(options)
  if (root !== undefined) {
    if (algorithm !== undefined) refuse('algorithm', 'is `dir` with a root key: leave it out')
    const context = readContext(options.context)
    const signal = readSignal(options.signal)
    const { dataKey, slot } = await wrapNew(formats, root, { context, signal })
    const header = { alg: 'dir', [SLOTS]: writeSlots([slot]) }
    return { header, encryptedKey: NOTHING, key: dataKey, dispose: () => dataKey.dispose() }
  }
  if (options.context !== undefined) refuse('context', 'is only for root keys')
  if (algorithm === 'dir') {
    return { header: { alg: 'dir' }, encryptedKey: NOTHING, key: shared, dispose: () => {} }
  }
  if (algorithm !== 'A256GCMKW') refuse('algorithm', "has to be 'A256GCMKW' or 'dir'")
  const dataKey = generateDataKey(formats)
  const wrapped = wrap(formats, shared, dataKey, NOTHING, NOTHING)
  const tagAt = wrapped.length - TAG_LEN
  const header = {
    alg: 'A256GCMKW',
    iv: encodeBase64url(wrapped.subarray(0, NONCE_LEN)),
    tag: encodeBase64url(wrapped.subarray(tagAt)),
  }
  const encryptedKey = wrapped.subarray(NONCE_LEN, tagAt)
  return { header, encryptedKey, key: dataKey, dispose: () => dataKey.dispose() }
}

function write(
  form: 'compact' | 'general',
  protectedText: string,
  encryptedKey: Uint8Array,
  sealed: Uint8Array,
): string {
  const tagAt = sealed.length - TAG_LEN
  const [key, iv, ciphertext, tag] = [
    encryptedKey,
    sealed.subarray(0, NONCE_LEN),
    sealed.subarray(NONCE_LEN, tagAt),
    sealed.subarray(tagAt),
  ].map(encodeBase64url)
  if (form === 'compact') return [protectedText, key, iv, ciphertext, tag].join('.')
  const recipients = [key === '' ? {} : { encrypted_key: key }]
  return JSON.stringify({ protected: protectedText, recipients, iv, ciphertext, tag })
}
