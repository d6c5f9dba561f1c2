// What is done with tables of keys and their records before the memory is looked at.
//
// Scenarios as in scenarios.mjs. The keys of a table and the values of its records are secret; ids,
// nonces and what records are bound to are not.
import { begin, fails, flipped } from './scenarios.mjs'

const COMMITTING = 2
const TEXT = 4
const MODES = [0, COMMITTING, TEXT, COMMITTING | TEXT]

const ROW = Buffer.from([0, 3, ...Buffer.from('row'), 0, 2, ...Buffer.from('17')])

const lengths = (...all) => {
  const bytes = Buffer.alloc(4 * all.length)
  all.forEach((length, index) => {
    bytes.writeUInt32BE(length, 4 * index)
  })
  return bytes
}

const entry = (value) => Buffer.concat([lengths(ROW.length, value.length), ROW, value])

// A table of two keys, the first of which is known to `work`.
function withTable(core, secrets, work) {
  const table = core.drawing(secrets.data, (core) => core.tableNew())
  const put = work(table)
  core.free(table)
  core.wipe()
  return put
}

function seal(core, table, mode, value) {
  core.send(ROW, value)
  const record = core.receive(core.core.recordSeal(table, mode, ROW.length, value.length))
  core.wipe()
  return record
}

function open(core, table, mode, record) {
  core.send(ROW, record)
  const value = core.receive(core.core.recordOpen(table, mode, ROW.length, record.length))
  core.wipe()
  return value
}

function same(value, secrets) {
  if (Buffer.compare(value, secrets.plaintext) !== 0) throw new Error('opened wrongly')
}

// A keyset as Tink writes it, by hand, and sealed as a message by hand too.
function foreignTable(core, secrets, tail) {
  const key = Buffer.concat([Buffer.from([18, 2, 8, 12, 26, 32]), secrets.other, tail])
  const keyData = {
    typeUrl: 'type.googleapis.com/google.crypto.tink.XAesGcmKey',
    value: key.toString('base64'),
    keyMaterialType: 'SYMMETRIC',
  }
  const one = { keyData, status: 'ENABLED', keyId: 17, outputPrefixType: 'TINK' }
  const keyset = Buffer.from(JSON.stringify({ primaryKeyId: 17, key: [one] }))
  const { data, slot, context, end } = begin(core, secrets, tableContext(core))
  const message = core.seal(data, context, slot, keyset)
  return { data, message, end }
}

const field = (text) => Buffer.from([0, text.length, ...Buffer.from(text)])
const TYPE = Buffer.concat([field('tsutsumi:type'), field('key-table')])

function tableContext(core) {
  return core.core.contextNew(core.send(TYPE), false)
}

function openMessage(core, data, message) {
  const header = core.header(message)
  const body = message.subarray(core.core.headerLength(header))
  try {
    return core.core.tableOpen(header, data, core.send(body))
  } finally {
    core.free(header)
  }
}

/** Scenarios in which no value takes part: one length is enough. */
export const TABLES = {
  'a table, freed'(core, secrets) {
    return withTable(core, secrets, () => [])
  },

  'a table rotated, its first key destroyed'(core, secrets) {
    return withTable(core, secrets, (table) => {
      const [first] = [core.receive(core.core.tableKeys(table))]
      core.drawing(secrets.other, (core) => core.tableAdd(table, true))
      if (!core.careless) core.core.tableChange(table, 3, Buffer.from(first).readUInt32BE(0))
      return []
    })
  },

  'a table saved as a message, and opened'(core, secrets) {
    return withTable(core, secrets, (table) => {
      const { data, context, slot, end } = begin(core, secrets, tableContext(core))
      const put = [false, true].map((json) => {
        const length = core.core.tableSave(table, data, context, core.send(slot), json)
        const message = core.receive(length)
        core.free(openMessage(core, data, message))
        const altered = flipped(message, message.length - 1)
        fails(() => openMessage(core, data, altered))
        return [message, altered]
      })
      end()
      return [slot, ...put.flat()]
    })
  },

  'a table of another program'(core, secrets) {
    const { data, message, end } = foreignTable(core, secrets, Buffer.alloc(0))
    core.free(openMessage(core, data, message))
    end()
    core.wipe()
    return [message]
  },

  'a table of another program, malformed'(core, secrets) {
    const { data, message, end } = foreignTable(core, secrets, Buffer.from([0]))
    fails(() => openMessage(core, data, message))
    end()
    core.wipe()
    return [message]
  },
}

/** Scenarios with a value, which counts as secret. */
export const RECORDS = {
  'records, one by one'(core, secrets) {
    return withTable(core, secrets, (table) =>
      MODES.flatMap((mode) => {
        const record = seal(core, table, mode, secrets.plaintext)
        same(open(core, table, mode, record), secrets)
        const text = Buffer.from(record).toString('latin1')
        return mode & TEXT ? [record, Buffer.from(text, 'base64url')] : [record]
      }),
    )
  },

  'records, altered'(core, secrets) {
    return withTable(core, secrets, (table) =>
      [0, COMMITTING].flatMap((mode) => {
        const record = seal(core, table, mode, secrets.plaintext)
        const altered = flipped(record, record.length - 1)
        fails(() => open(core, table, mode, altered))
        core.wipe()
        return [record, altered]
      }),
    )
  },

  'records, many a call'(core, secrets) {
    return withTable(core, secrets, (table) =>
      [0, COMMITTING].map((mode) => {
        const value = entry(secrets.plaintext)
        const length = core.core.recordSealAll(table, mode, core.send(value, value, value), 3)
        const sealed = core.receive(length)
        const record = entry(sealed.subarray(4, 4 + sealed.length / 3 - 4))
        const values = core.core.recordOpenAll(table, mode, core.send(record, record))
        same(core.receive(values).subarray(4, 4 + secrets.plaintext.length), secrets)
        core.wipe()
        // The last of several is refused when the others are open already.
        const bad = flipped(record, record.length - 1)
        fails(() => core.core.recordOpenAll(table, mode, core.send(record, record, bad)))
        core.wipe()
        return Buffer.concat([sealed, record, bad])
      }),
    )
  },
}
