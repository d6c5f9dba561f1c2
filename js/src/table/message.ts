/**
 * Tables at rest: a message whose plaintext never leaves the core.
 *
 * @module
 */

import { readBytes, stillThere } from '../bytes.js'
import { type Context, contextOfHeader, readContext } from '../context.js'
import { withDataKey } from '../data-key.js'
import { FormatError, PolicyError } from '../errors.js'
import { headerLength, readHeader, unlock } from '../message/open.js'
import { wrapNew } from '../message/seal.js'
import { type DecryptOptions, type EnvelopeTerms, readOpenTerms } from '../message/terms.js'
import { readOptions } from '../options.js'
import { type FormatsGlue, loadFormats } from '../wasm/formats.js'
import { Handle } from '../wasm/handle.js'
import type { Instance } from '../wasm/instance.js'
import { receive, send } from '../wasm/memory.js'
import { KeyTable, type Save } from './key-table.js'

/** Options of {@link Envelope.createTable}. */
export interface CreateTableOptions {
  /** What the table is for; opening it has to show the same. Stored in clear; default empty. */
  readonly context?: Context
}

/** Options of {@link Envelope.openTable}. */
export type OpenTableOptions = Omit<DecryptOptions, 'requiredContext'>

/** The pair that says that a message holds a table, and keeps any other from passing for one. */
const TYPE = 'tsutsumi:type'
const TABLE = 'key-table'

/** Makes a table of one new key, which exists only here until it is saved. */
export async function createTable(
  terms: EnvelopeTerms,
  options: CreateTableOptions | undefined,
): Promise<KeyTable> {
  const { context } = readOptions(options, 'options', ['context'])
  const named = nameTable(readContext(context))
  const formats = await loadFormats()
  return adopt(formats, terms, named, () => formats.enter((core) => core.tableNew()))
}

/** Opens the message of a table. */
export async function openTable(
  terms: EnvelopeTerms,
  message: Uint8Array | ArrayBuffer,
  options: OpenTableOptions | undefined,
): Promise<KeyTable> {
  const bytes = readBytes(message, 'message')
  const { length } = bytes
  const open = readOpenTerms(terms, readOptions(options, 'options', ['context', 'signal']))
  const context = open.context === 'unchecked' ? open.context : nameTable(open.context)
  const formats = await loadFormats()
  // What follows knows of no more than what both modules have.
  const instance = formats as unknown as Instance
  stillThere(bytes, length, 'message')
  const header = readHeader(instance, bytes, terms.limits)
  if (header === undefined) {
    throw new FormatError('ERR_FORMAT_TRUNCATED', 'the message ends inside its header', {
      offset: bytes.length,
    })
  }
  try {
    if (contextOfHeader(header)[TYPE] !== TABLE) throw notATable()
    const { context: stored, dataKey } = await unlock(header, { ...open, context })
    try {
      stillThere(bytes, length, 'message')
      const body = bytes.subarray(headerLength(header))
      return adopt(formats, terms, stored, () =>
        withDataKey(dataKey, formats, (core, key) =>
          core.tableOpen(header.id, key, send(core, body)),
        ),
      )
    } finally {
      dataKey.dispose()
    }
  } finally {
    header.dispose()
  }
}

// Said before a key service is asked; the core looks at it again.
function notATable(): PolicyError {
  return new PolicyError('ERR_POLICY_CONTEXT', 'the message does not say that it is a key table', {
    hint: `Its context lacks the pair \`${TYPE}\`, \`${TABLE}\`.`,
  })
}

/** Adds the pair that names a table. */
function nameTable(context: Context): Context {
  if (TYPE in context) {
    throw new PolicyError('ERR_POLICY_CONTEXT', `the context has \`${TYPE}\` in it`, {
      hint: 'That pair is added to the context of every table.',
    })
  }
  return Object.freeze(Object.assign(Object.create(null), context, { [TYPE]: TABLE }) as Context)
}

function adopt(
  formats: Instance<FormatsGlue>,
  { rootKeys }: EnvelopeTerms,
  context: Context,
  make: () => number,
): KeyTable {
  const handle = new Handle(formats, 'table', make())
  const save: Save = (table, json, signal) =>
    wrapNew(formats, rootKeys, context, { signal }, (core, wrapped) => {
      const length = send(core, wrapped.slots)
      const { dataKey, context } = wrapped
      return receive(core, core.tableSave(table.id, dataKey, context, length, json))
    })
  return new KeyTable(handle, save)
}
