/** The vectors of kept slots, read by the npm package. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isTsutsumiError, wrappingKey } from 'tsutsumi'
import { openSlots } from 'tsutsumi/slot'

interface File {
  readonly keys: readonly {
    readonly namespace: string
    readonly name: string
    readonly key: string
  }[]
  readonly tests: readonly {
    readonly name: string
    readonly expect: string
    readonly context: Readonly<Record<string, string>>
    readonly slots: string
  }[]
}

const url = new URL('../../tests/vectors/slots.json', import.meta.url)
const file = JSON.parse(readFileSync(url, 'utf8')) as File

test('every slot is taken or refused as it says, and an altered one is noticed', async (t) => {
  const [key] = file.keys
  assert(key !== undefined)
  const { namespace, name } = key
  const rootKey = wrappingKey(Buffer.from(key.key, 'hex'), { namespace, name })
  const wrong: string[] = []
  for (const vector of file.tests) {
    let code = 'ok'
    try {
      const dataKey = await openSlots(vector.slots, rootKey, { context: vector.context })
      dataKey.dispose()
    } catch (error) {
      if (!isTsutsumiError(error)) throw error
      code = error.code
    }
    if (code !== vector.expect) wrong.push(`${vector.name}: ${code}`)
    assert.notEqual(code, vector.expect === 'ok' ? 'ERR_LIMIT' : 'ok', vector.name)
  }
  t.diagnostic(`${file.tests.length} vectors`)
  assert.deepEqual(wrong, [])
  assert(file.tests.length >= 40)
})
