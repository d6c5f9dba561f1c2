/**
 * Lists of objects, with the lengths of their plaintexts.
 *
 * @module
 */

import { readCount, readOptions, readSignal, readText } from '../options.js'
import { type Home, withSignal } from './home.js'
import { plaintextLength } from './metadata.js'
import { OWN_PREFIX } from './names.js'

/** Options of {@link EncryptedBucket.list}. */
export interface ListOptions {
  /** Only keys that begin with this. */
  readonly prefix?: string
  /** Keys that go on behind this are one prefix; usually `/`. */
  readonly delimiter?: string
  /** Only keys that sort behind this one. */
  readonly after?: string
  /** Where an earlier page ended. */
  readonly token?: string
  /** Objects of a page, at the most; default 1,000, which is the most that stores give. */
  readonly limit?: number
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** An object in a list. */
export interface ListedObject {
  readonly key: string
  /** Bytes of plaintext; undefined for an object that was not put encrypted. */
  readonly size: number | undefined
  /** Bytes as stored. */
  readonly storedSize: number
  /** Undefined where the store's lists do not tell. */
  readonly etag: string | undefined
  readonly modified: Date | undefined
}

/** A page of a list. */
export interface ListPage {
  readonly objects: readonly ListedObject[]
  readonly prefixes: readonly string[]
  /** For the next page; undefined on the last one. */
  readonly token: string | undefined
}

const NAMES = ['prefix', 'delimiter', 'after', 'token', 'limit', 'signal'] as const
const TEXTS = ['prefix', 'delimiter', 'after', 'token'] as const
const LIMIT_MAX = 1_000

/** Lists one page; see {@link EncryptedBucket.list}. */
export async function list(home: Home, options: ListOptions | undefined): Promise<ListPage> {
  const read = readOptions(options, 'options', NAMES)
  const texts: { [name in (typeof TEXTS)[number]]?: string } = {}
  for (const name of TEXTS) {
    // An empty prefix is what clients send that have none.
    if (read[name] !== undefined && read[name] !== '') texts[name] = readText(read[name], name)
  }
  const page = await home.store.list({
    ...texts,
    ...withSignal(readSignal(read.signal)),
    limit: readCount(read.limit ?? LIMIT_MAX, 'limit', 1, LIMIT_MAX),
  })
  const objects = page.entries
    .filter(({ key }) => !key.startsWith(OWN_PREFIX))
    .map(({ key, size, etag, modified }) => ({
      key,
      size: plaintextLength(size),
      storedSize: size,
      etag,
      modified,
    }))
  const prefixes = page.prefixes.filter((prefix) => !prefix.startsWith(OWN_PREFIX))
  return { objects, prefixes, token: page.token }
}
