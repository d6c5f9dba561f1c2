/**
 * Envelopes of Tink's `KmsEnvelopeAead` with data keys of AES-256-GCM.
 *
 * @module
 */

import { concat, readBytes, splitFields } from '../bytes.js'
import { type DataKey, generateDataKey } from '../data-key.js'
import { FormatError, MisuseError } from '../errors.js'
import { readOptions, readSignal } from '../options.js'
import { encodeSlot, type RootKey, type Slot } from '../root-key.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import type { Instance } from '../wasm/instance.js'
import { NONCE_LEN, open, seal, TAG_LEN, unwrap, wrap } from './content.js'
import { type Key, readKey, type Terms, unwrapOne, wrapNew } from './keys.js'
import type { SharedKey } from './shared-key.js'

/** Options of {@link sealTinkEnvelope} and {@link openTinkEnvelope}. */
export interface TinkEnvelopeOptions {
  /** What Tink has as remote key: AES-256-GCM without prefix. */
  readonly key?: SharedKey
  /** The root key that wraps the data key. */
  readonly rootKey?: RootKey
  /** Authenticated with the content, and not stored; Tink does not pass it to the key service. */
  readonly associatedData?: Uint8Array
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

const NOTHING = new Uint8Array(0)
/** Bytes that a wrapped data key may have. */
const WRAPPED_LEN_MAX = 4096
/** A key of AES-GCM as a Protocol Buffer: the field of the key, and its length. */
const PREFIX = Uint8Array.of(0x1a, 0x20)

interface Read {
  readonly key: Key
  readonly data: Uint8Array
  readonly terms: Terms
}

function read(options: TinkEnvelopeOptions): Read {
  const names = ['key', 'rootKey', 'associatedData', 'signal'] as const
  const { associatedData, signal, ...choice } = readOptions(options, 'options', names)
  const data = associatedData === undefined ? NOTHING : readBytes(associatedData, 'associatedData')
  return {
    key: readKey(choice),
    data: data.slice(),
    terms: { context: {}, signal: readSignal(signal) },
  }
}

/**
 * Seals bytes into an envelope that Tink opens in C++, Java, Go and Python.
 *
 * Under a shared key, Tink needs nothing but a keyset of that key. Under a root key, what stands in
 * the envelope as wrapped key is a whole slot; Tink needs a remote primitive of a few lines that
 * takes it apart. An envelope does not commit to its key.
 *
 * @param plaintext - Up to 8 MiB. Not modified, not retained.
 * @param options - By which key.
 * @returns Length and wrapped key, then nonce, ciphertext and tag.
 * @throws {@link MisuseError} `ERR_ARGUMENT` for options that are none; `ERR_LIMIT` for more bytes.
 * @throws {@link KmsError} `ERR_KMS_*` of the root key.
 * @see Tink, `KmsEnvelopeAead`
 */
export async function sealTinkEnvelope(
  plaintext: Uint8Array | ArrayBuffer,
  options: TinkEnvelopeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = readBytes(plaintext, 'plaintext').slice()
  const { key, data, terms } = read(options)
  const formats = await loadFormats()
  const { dataKey, wrapped } = await begin(formats, key, terms)
  try {
    if (wrapped.length > WRAPPED_LEN_MAX) {
      throw new MisuseError('ERR_LIMIT', 'the wrapped key is longer than Tink takes')
    }
    const length = Uint8Array.of(0, 0, wrapped.length >> 8, wrapped.length & 0xff)
    return concat([length, wrapped, seal(formats, dataKey, data, bytes)])
  } finally {
    bytes.fill(0)
    dataKey.dispose()
  }
}

async function begin(
  formats: Instance<FormatsGlue>,
  key: Key,
  terms: Terms,
): Promise<{ readonly dataKey: DataKey; readonly wrapped: Uint8Array }> {
  if (key.root !== undefined) {
    const { dataKey, slot } = await wrapNew(formats, key.root, terms)
    return { dataKey, wrapped: encodeSlot(slot) }
  }
  const dataKey = generateDataKey(formats)
  return { dataKey, wrapped: wrap(formats, key.shared, dataKey, NOTHING, PREFIX) }
}

/**
 * Opens an envelope that Tink or {@link sealTinkEnvelope} made.
 *
 * @param envelope - Not modified, not retained.
 * @param options - By which key.
 * @returns The plaintext, in an array of its own.
 * @throws {@link FormatError} `ERR_FORMAT_*` at the byte where it stops making sense.
 * @throws {@link OpenError} `ERR_OPEN_FAILED` if it was altered, or key or data is another.
 * @throws {@link PolicyError} `ERR_POLICY_KEY` if its data key was wrapped by another root key.
 */
export async function openTinkEnvelope(
  envelope: Uint8Array | ArrayBuffer,
  options: TinkEnvelopeOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { wrapped, sealed } = splitEnvelope(readBytes(envelope, 'envelope').slice())
  const { key, data, terms } = read(options)
  const formats = await loadFormats()
  const dataKey = await unwrapKey(formats, wrapped, key, terms)
  try {
    return open(formats, dataKey, sealed.subarray(0, NONCE_LEN), data, sealed.subarray(NONCE_LEN))
  } finally {
    dataKey.dispose()
  }
}

/** Takes an envelope to pieces. */
export function splitEnvelope(bytes: Uint8Array): {
  readonly wrapped: Uint8Array
  readonly sealed: Uint8Array
} {
  const short = (offset: number): FormatError =>
    new FormatError('ERR_FORMAT_TRUNCATED', 'the envelope ends too early', { offset })
  if (bytes.length < 4) throw short(bytes.length)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  if (length === 0 || length > WRAPPED_LEN_MAX) {
    throw new FormatError('ERR_FORMAT_INVALID', 'the wrapped key has a length that none has')
  }
  const sealed = bytes.subarray(4 + length)
  if (sealed.length < NONCE_LEN + TAG_LEN) throw short(bytes.length)
  return { wrapped: bytes.subarray(4, 4 + length), sealed }
}

async function unwrapKey(
  formats: Instance<FormatsGlue>,
  wrapped: Uint8Array,
  key: Key,
  terms: Terms,
): Promise<DataKey> {
  if (key.root !== undefined) return unwrapOne([readSlot(wrapped)], key.root, terms)
  const nonce = wrapped.subarray(0, NONCE_LEN)
  if (nonce.length < NONCE_LEN) {
    throw new FormatError('ERR_FORMAT_INVALID', 'the wrapped key is too short', { offset: 4 })
  }
  return unwrap(formats, key.shared, nonce, NOTHING, PREFIX, wrapped.subarray(NONCE_LEN))
}

function readSlot(wrapped: Uint8Array): Slot {
  const malformed = new FormatError('ERR_FORMAT_INVALID', 'the wrapped key is no slot', {
    offset: 4,
  })
  try {
    const [provider, info, ciphertext, ...more] = splitFields(wrapped, 2)
    if (provider === undefined || info === undefined || ciphertext === undefined) throw malformed
    const text = new TextDecoder('utf-8', { fatal: true }).decode(provider)
    const slot = { provider: text, info, ciphertext }
    // A length that reaches over the end shows in what is written anew.
    const again = encodeSlot(slot)
    const same = again.length === wrapped.length && again.every((byte, at) => byte === wrapped[at])
    if (more.length > 0 || !same) throw malformed
    return slot
  } catch {
    throw malformed
  }
}
