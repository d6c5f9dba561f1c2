/**
 * Key tables.
 *
 * @module
 */

import { readCount, readOptions, readSignal, refuse } from '../options.js'
import type { FormatsGlue } from '../wasm/formats.js'
import type { Handle } from '../wasm/handle.js'
import { receive } from '../wasm/memory.js'
import { Records } from './records.js'

/** What is told of a key of a table: everything but the key. */
export interface TableKey {
  /** Unique in the table; stands in front of the key's records. */
  readonly id: number
  /** Whether it opens records; one that was destroyed never will again. */
  readonly status: 'enabled' | 'disabled' | 'destroyed'
  /** Whether it is the one that seals. */
  readonly primary: boolean
  /** Those of AES-GCM only open; `other` is of a type not known here, or was destroyed. */
  readonly kind: 'XAES-256-GCM' | 'AES-256-GCM' | 'AES-128-GCM' | 'other'
  /** What stands in front of its records, in the words of Tink. */
  readonly prefix: 'TINK' | 'LEGACY' | 'RAW' | 'CRUNCHY'
}

/** Options of {@link KeyTable.save}. */
export interface SaveOptions {
  /** How the keyset inside the message is written; default `'binary'`. */
  readonly format?: 'binary' | 'json'
  /** Ends the call early; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Seals a table into a message under the root keys it came with. */
export type Save = (
  handle: Handle<FormatsGlue>,
  json: boolean,
  signal: AbortSignal | undefined,
) => Promise<Uint8Array<ArrayBuffer>>

const STATUSES = [undefined, 'enabled', 'disabled', 'destroyed'] as const
const PREFIXES = [undefined, 'TINK', 'LEGACY', 'RAW', 'CRUNCHY'] as const
const KINDS = ['other', 'XAES-256-GCM', 'AES-256-GCM', 'AES-128-GCM'] as const

const KEY_LEN = 8

/** How the core numbers changes of a key. */
const PROMOTE = 0
const ENABLE = 1
const DISABLE = 2
const DESTROY = 3

/**
 * A table of keys, opened: seals and opens records by itself.
 *
 * The keys are in the memory of the core, and no call hands them out. A change is one to this copy
 * until {@link KeyTable.save} has made new bytes and those are stored; of two programs that change
 * a table, the one that stores last wins, so let one program do it, or compare and swap. Others go
 * on with the table as they opened it: what is sealed under a newer key they refuse with
 * `ERR_POLICY_KEY`, until they open the stored one again.
 *
 * @example
 * const table = await envelope.createTable()
 * const field = table.seal('4242 4242 4242 4242', { row: '17' })
 * await store(await table.save())
 */
export class KeyTable extends Records {
  /**
   * The same table for records that commit to their key, as long as their value and 72 bytes: for
   * several tenants whose keys are in one table, or wherever somebody who holds keys may make up
   * records. Which kind a record is of is for the program to know; neither opens as the other.
   */
  readonly committing: Records
  readonly #handle: Handle<FormatsGlue>
  readonly #save: Save

  /** Made by {@link Envelope.createTable} and {@link Envelope.openTable}. */
  constructor(handle: Handle<FormatsGlue>, save: Save) {
    super(handle, false)
    this.committing = new Records(handle, true)
    this.#handle = handle
    this.#save = save
  }

  /** The keys, in the order in which they were added. */
  keys(): TableKey[] {
    const bytes = this.#handle.enter((core, id) => receive(core, core.tableKeys(id)))
    const data = new DataView(bytes.buffer)
    return Array.from({ length: bytes.length / KEY_LEN }, (_, index) => {
      const at = index * KEY_LEN
      return {
        id: data.getUint32(at),
        status: STATUSES[data.getUint8(at + 4)] ?? 'disabled',
        primary: data.getUint8(at + 7) === 1,
        kind: KINDS[data.getUint8(at + 6)] ?? 'other',
        prefix: PREFIXES[data.getUint8(at + 5)] ?? 'RAW',
      }
    })
  }

  /**
   * Adds a key of XAES-256-GCM and makes it the one that seals. The others still open.
   *
   * Programs that have the table without it cannot open what is sealed from now on: where there are
   * such, {@link KeyTable.add} the key first, and {@link KeyTable.promote} it when all have it.
   *
   * @returns Its id.
   * @throws {@link MisuseError} `ERR_LIMIT` over 512 keys, `ERR_STATE` once disposed of.
   */
  rotate(): number {
    return this.#handle.enter((core, id) => core.tableAdd(id, true)) >>> 0
  }

  /** Adds a key that opens but does not seal yet; otherwise as {@link KeyTable.rotate}. */
  add(): number {
    return this.#handle.enter((core, id) => core.tableAdd(id, false)) >>> 0
  }

  /**
   * Makes a key the one that seals.
   *
   * @throws {@link MisuseError} `ERR_ARGUMENT` for an id that the table has not, `ERR_STATE` for a
   *   key that is not enabled.
   * @throws {@link FormatError} `ERR_FORMAT_SUITE` for a key of a type that is not known here.
   */
  promote(keyId: number): void {
    this.#change(PROMOTE, keyId)
  }

  /**
   * Lets a key open records again.
   *
   * @throws {@link MisuseError} `ERR_ARGUMENT` for an id that the table has not, `ERR_STATE` for a
   *   key that was destroyed.
   */
  enable(keyId: number): void {
    this.#change(ENABLE, keyId)
  }

  /**
   * Keeps a key from opening records until it is enabled again.
   *
   * @throws {@link MisuseError} `ERR_ARGUMENT` for an id that the table has not, `ERR_STATE` for
   *   the primary key and for one that was destroyed.
   */
  disable(keyId: number): void {
    this.#change(DISABLE, keyId)
  }

  /**
   * Overwrites a key for good. Its records are lost once the table is saved and older bytes of it
   * are deleted, backups included; until then they can be brought back.
   *
   * @throws {@link MisuseError} `ERR_ARGUMENT` for an id that the table has not, `ERR_STATE` for
   *   the primary key.
   */
  destroy(keyId: number): void {
    this.#change(DESTROY, keyId)
  }

  /**
   * Seals the table into a message, to be stored: a Tink keyset, under the envelope's root keys.
   *
   * One call to the key service for each root key, with a new data key each time. The context is
   * that of the table, and the pair `tsutsumi:type`, `key-table`.
   *
   * @param options - How the keyset is written.
   * @returns What {@link Envelope.openTable} takes.
   * @throws {@link KmsError} `ERR_KMS_*` after retries; see `retryable`.
   * @throws {@link MisuseError} `ERR_STATE` once disposed of.
   */
  async save(options?: SaveOptions): Promise<Uint8Array<ArrayBuffer>> {
    const { format = 'binary', signal } = readOptions(options, 'options', ['format', 'signal'])
    if (format !== 'binary' && format !== 'json') refuse('format', "has to be 'binary' or 'json'")
    return this.#save(this.#handle, format === 'json', readSignal(signal))
  }

  /** Overwrites all keys; does nothing the second time. */
  dispose(): void {
    this.#handle.dispose()
  }

  /** What `using` calls: the same as {@link KeyTable.dispose}. */
  [Symbol.dispose](): void {
    this.#handle.dispose()
  }

  #change(change: number, keyId: number): void {
    const key = readCount(keyId, 'keyId', 0, 0xffff_ffff)
    this.#handle.enter((core, id) => core.tableChange(id, change, key))
  }
}
