/**
 * What a bucket says about itself: under which root keys its objects are.
 *
 * @module
 */

import { generateDataKey } from '../data-key.js'
import { FormatError } from '../errors.js'
import { at } from '../http/refusal.js'
import type { RootKey } from '../root-key.js'
import { type StoredSlot, wrapSlots } from '../slot/stored.js'
import { loadFormats } from '../wasm/formats.js'
import { StoreError } from './error.js'
import { CONFIG_KEY } from './names.js'
import { nameOf } from './put.js'
import { gather } from './sidecar.js'
import type { BucketStore, CallTerms } from './store.js'

/** Bytes of a configuration, at the most. */
const LENGTH_MAX = 65_536

/** What stands in the configuration. */
export interface Config {
  readonly v: 1
  readonly bucket: string
  /** As the slots of the objects name them: CRNs, ARNs. */
  readonly rootKeys: readonly string[]
  readonly created: string
}

/** Has each root key wrap a key that nothing is sealed with: its slot names the newest version. */
export async function probe(
  rootKeys: readonly RootKey[],
  bucket: string,
  terms: CallTerms,
): Promise<StoredSlot[]> {
  const dataKey = generateDataKey(await loadFormats())
  try {
    const context = { 'tsutsumi:bucket': bucket }
    return await wrapSlots(dataKey, rootKeys, { context, ...terms })
  } finally {
    dataKey.dispose()
  }
}

/**
 * Finds out what root keys are called.
 *
 * @returns A name for each: a CRN where `rootKey.id` was an alias.
 */
export async function namesOf(
  rootKeys: readonly RootKey[],
  bucket: string,
  terms: CallTerms,
): Promise<string[]> {
  const slots = await probe(rootKeys, bucket, terms)
  return slots.map((slot, i) => nameOf(slot, rootKeys[i]))
}

/** Writes a configuration where there is none. */
export async function writeConfig(
  store: BucketStore,
  config: Config,
  terms: CallTerms,
): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(config))
  await store.put(CONFIG_KEY, body, {
    ...terms,
    metadata: {},
    contentType: 'application/json',
    ifNoneMatch: '*',
  })
}

/**
 * Reads the configuration of a bucket.
 *
 * @throws {@link StoreError} `ERR_STORE_MISSING` if it has none.
 * @throws {@link FormatError} `ERR_FORMAT_INVALID` if it is none, or is of another bucket.
 */
export async function readConfig(
  store: BucketStore,
  bucket: string,
  terms: CallTerms,
): Promise<Config> {
  const config = parse(await fetchConfig(store, bucket, terms))
  if (at(config, 'v') !== 1) {
    throw new FormatError('ERR_FORMAT_VERSION', 'the configuration is of another version')
  }
  const rootKeys = at(config, 'rootKeys')
  const named = Array.isArray(rootKeys) && rootKeys.every((name) => typeof name === 'string')
  if (!named || at(config, 'bucket') !== bucket) throw invalid()
  return config as Config
}

async function fetchConfig(
  store: BucketStore,
  bucket: string,
  terms: CallTerms,
): Promise<Uint8Array> {
  try {
    const { head, stream } = await store.get(CONFIG_KEY, terms)
    if (head.size > LENGTH_MAX) throw invalid()
    return await gather(stream)
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'ERR_STORE_MISSING') throw error
    throw new StoreError('ERR_STORE_MISSING', `the bucket \`${bucket}\` is no encrypted one`, {
      hint: 'Make it one with `EncryptedBucket.create`; objects that are in it stay as they are.',
      status: error.status,
      cause: error,
    })
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw invalid()
  }
}

function invalid(): FormatError {
  return new FormatError('ERR_FORMAT_INVALID', 'the configuration of the bucket makes no sense', {
    hint: `It is the object \`${CONFIG_KEY}\`.`,
  })
}
