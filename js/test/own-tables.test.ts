/** The vectors of key tables and records, read by the npm package. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Envelope, isTsutsumiError, wrappingKey } from 'tsutsumi'
import type { KeyTable } from 'tsutsumi/table'

interface Vector {
  readonly name: string
  readonly expect: string
  readonly context: Readonly<Record<string, string>>
}

interface TableVector extends Vector {
  readonly message: string
}

interface RecordVector extends Vector {
  readonly table: string
  readonly committing: boolean
  readonly record: string
  readonly text?: string
  readonly plaintext?: string
}

interface File<V> {
  readonly keys: readonly {
    readonly namespace: string
    readonly name: string
    readonly key: string
  }[]
  readonly tables: Readonly<Record<string, string>>
  readonly tests: readonly V[]
}

function load<V>(name: string): File<V> {
  const url = new URL(`../../tests/vectors/${name}`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as File<V>
}

function reader({ keys }: File<Vector>): Envelope {
  const [key] = keys
  assert(key !== undefined)
  const { namespace, name } = key
  return new Envelope({ rootKey: wrappingKey(Buffer.from(key.key, 'hex'), { namespace, name }) })
}

const bytesOf = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

/** Runs every vector; the names of those that did not come out as they say. */
async function wrong<V extends Vector>(
  tests: readonly V[],
  read: (vector: V) => Promise<boolean>,
): Promise<string[]> {
  const names: string[] = []
  for (const vector of tests) {
    try {
      if (!(await read(vector)) || vector.expect !== 'ok') names.push(vector.name)
    } catch (error) {
      if (!isTsutsumiError(error)) throw error
      if (error.code !== vector.expect) names.push(`${vector.name}: ${error.code}`)
    }
  }
  return names
}

// A control for each: a vector that says something else has to be noticed.
async function check<V extends Vector>(
  tests: readonly V[],
  read: (vector: V) => Promise<boolean>,
): Promise<void> {
  assert.deepEqual(await wrong(tests, read), [])
  const altered = tests.map((vector) => ({
    ...vector,
    expect: vector.expect === 'ok' ? 'ERR_LIMIT' : 'ok',
  }))
  assert.equal((await wrong(altered, read)).length, tests.length)
}

test('every table is opened or refused as it says', async (t) => {
  const file = load<TableVector>('tables.json')
  const envelope = reader(file)
  await check(file.tests, async ({ message, context }) => {
    const table = await envelope.openTable(bytesOf(message), { context })
    return table.keys().length > 0
  })
  t.diagnostic(`${file.tests.length} vectors`)
  assert(file.tests.length >= 50)
})

test('every record is opened or refused as it says', async (t) => {
  const file = load<RecordVector>('records.json')
  const envelope = reader(file)
  const tables = new Map<string, KeyTable>()
  for (const [name, message] of Object.entries(file.tables)) {
    tables.set(name, await envelope.openTable(bytesOf(message)))
  }
  await check(file.tests, async ({ table, committing, record, text, context, plaintext }) => {
    const found = tables.get(table)
    assert(found !== undefined)
    const records = committing ? found.committing : found
    const value = records.open(text ?? bytesOf(record), context)
    return Buffer.from(bytesOf(plaintext)).equals(value)
  })
  t.diagnostic(`${file.tests.length} vectors`)
  assert(file.tests.length >= 40)
})
