// A campaign over every object: ended in the middle, and begun anew.
import assert from 'node:assert/strict'
import { bytes, refused } from './support/cases.mjs'

/** Counts what is asked of a root key. */
export function counted(rootKey) {
  const calls = { wrap: 0, unwrap: 0, rewrap: 0 }
  const key = { provider: rootKey.provider, id: rootKey.id }
  for (const name of Object.keys(calls)) {
    key[name] = (...args) => {
      calls[name] += 1
      return rootKey[name](...args)
    }
  }
  return { calls, key }
}

/** Runs all of it over a fresh bucket whose root key is counted. */
export async function rewrapping(check, { bucket, rootKey, calls, count, fetched }) {
  const plaintext = bytes(40_000)
  for (let i = 0; i < count; i++) await bucket.put(`o/${String(i).padStart(6, '0')}`, plaintext)
  await rootKey.rotate()
  const { version } = await rootKey.describe()
  const tags = new Map()
  for await (const { key, etag } of bucket.objects()) tags.set(key, etag)
  await check('a dry run counts, and changes nothing', async () => {
    const before = calls.rewrap
    const report = await bucket.rewrap({ dryRun: true })
    assert.equal(report.seen, count)
    assert.equal(report.rewrapped, 0)
    assert.equal(calls.rewrap, before)
    assert.deepEqual(Object.values(report.versions), [count])
    assert.ok(!Object.keys(report.versions)[0].endsWith(version))
  })
  await check(`a campaign over ${count} objects is ended three times and goes on`, async () => {
    const before = fetched()
    for (const part of [1, 2, 3]) {
      const stop = new AbortController()
      const enough = calls.rewrap + Math.floor(count / 5)
      const timer = setInterval(() => calls.rewrap >= enough && stop.abort(new Error('killed')), 1)
      const work = bucket.rewrap({ signal: stop.signal, parallel: 4 })
      await assert.rejects(work, /killed/, `campaign ${part}`).finally(() => clearInterval(timer))
    }
    const report = await bucket.rewrap()
    assert.equal(report.seen, count)
    assert.deepEqual(Object.values(report.versions), [count])
    assert.ok(Object.keys(report.versions)[0].endsWith(version))
    // What was under way when it was ended may have been asked for twice.
    assert.ok(calls.rewrap >= count && calls.rewrap <= count + 3 * 4, `${calls.rewrap} rewraps`)
    assert.equal(fetched(), before, 'a body was read')
  })
  await check('every object opens, and its ETag is what it was', async () => {
    for await (const { key, etag } of bucket.objects()) assert.equal(etag, tags.get(key))
    for (const i of [0, count >> 1, count - 1]) {
      const object = await bucket.get(`o/${String(i).padStart(6, '0')}`)
      assert.ok(Buffer.from(await object.bytes()).equals(plaintext))
    }
  })
  await check('a campaign with nothing to do asks for nothing', async () => {
    const before = calls.rewrap
    assert.equal((await bucket.rewrap({ perSecond: 100_000 })).rewrapped, 0)
    assert.equal(calls.rewrap, before)
  })
  await check('options that are none are refused', async () => {
    await refused('ERR_ARGUMENT', () => bucket.rewrap({ parallel: 0 }))
    await refused('ERR_ARGUMENT', () => bucket.rewrap({ perSecond: 0 }))
  })
}
