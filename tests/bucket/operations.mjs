// What every store has to do, through every client.
import assert from 'node:assert/strict'
import { EncryptedBucket } from '../../js/dist/bucket.js'
import { ranges, responses } from './reads.mjs'
import { bytes, CHUNK, MIB, PART, refused, same, streamOf } from './support/cases.mjs'
import { swaps } from './swaps.mjs'

/** What is put comes back, whatever it was. */
async function puts(check, { bucket, cannot }) {
  for (const length of [0, 1, CHUNK, CHUNK + 1, 100_000]) {
    await check(`put and get ${length} bytes`, async () => {
      const plaintext = bytes(length)
      const { size, etag } = await bucket.put(`a/${length}`, plaintext)
      assert.equal(size, length)
      assert.match(etag, /^[^"]+$/)
      await same(bucket, `a/${length}`, plaintext)
    })
  }
  await check('put a stream whose length nobody knows', async () => {
    const plaintext = bytes(300_000)
    await bucket.put('stream', streamOf(plaintext))
    await same(bucket, 'stream', plaintext)
  })
  await check('put a Blob', async () => {
    const plaintext = bytes(300_000)
    await bucket.put('blob', new Blob([plaintext]))
    await same(bucket, 'blob', plaintext)
  })
  await check('what cannot be read is refused, and nothing waits for it', async () => {
    await refused('ERR_ARGUMENT', () => bucket.put('unread', 'abc', { length: 3 }))
    const locked = streamOf(bytes(10))
    locked.getReader()
    await assert.rejects(bucket.put('unread', locked), TypeError)
    await refused('ERR_STORE_MISSING', () => bucket.head('unread'))
  })
  await check('a context is the same in any order', async () => {
    const context = { 'a,b': 'c', a: 'b,c' }
    await bucket.put('ordered', bytes(10), { context })
    await bucket.get('ordered', { context: { a: 'b,c', 'a,b': 'c' } })
    for (const other of [{ a: 'b,c' }, { ...context, d: '' }, { a: 'b', 'c,a,b': 'c' }]) {
      await refused('ERR_POLICY_CONTEXT', () => bucket.get('ordered', { context: other }))
    }
  })
  await check('put over an object', async () => {
    await bucket.put('twice', bytes(10))
    const plaintext = bytes(20)
    await bucket.put('twice', plaintext)
    await same(bucket, 'twice', plaintext)
  })
  for (const key of ['with space', 'ü/ä.txt', "a+b&c=d'(e)!*~", 'per%20cent', '日本/🔑', 'a//b']) {
    if (cannot.includes(key)) {
      console.log(`     left out: ${key}, which this server cannot keep`)
      continue
    }
    await check(`a key such as ${key}`, async () => {
      const plaintext = bytes(100)
      await bucket.put(key, plaintext)
      await same(bucket, key, plaintext)
      const page = await bucket.list({ prefix: key })
      assert.deepEqual(
        page.objects.map((object) => object.key),
        [key],
      )
    })
  }
}

async function uploads(check, { bucket, leftovers }) {
  if (!leftovers) console.log('     left out: uploads left over, which this store does not tell')
  const plaintext = bytes(2 * PART + 123_456)
  const whole = async (key, source) => {
    await bucket.put(key, source)
    await same(bucket, key, plaintext)
  }
  await check('put bytes in parts', () => whole('parts/bytes', plaintext))
  await check('put a stream in parts', () => whole('parts/stream', streamOf(plaintext)))
  await check('put a Blob in parts', () => whole('parts/blob', new Blob([plaintext])))
  await check('a source that fails leaves no upload and no object', async () => {
    const broken = new ReadableStream({
      start(out) {
        this.left = 13
        this.out = out
      },
      pull(out) {
        if (this.left-- === 0) throw new Error('the disk is gone')
        out.enqueue(bytes(MIB))
      },
    })
    await assert.rejects(bucket.put('parts/broken', broken), /the disk is gone/)
    await refused('ERR_STORE_MISSING', () => bucket.head('parts/broken'))
    if (leftovers) assert.deepEqual(await leftovers(), [])
  })
  await check('an abort leaves no upload and no object', async () => {
    const stop = new AbortController()
    const endless = new ReadableStream({
      pull(out) {
        this.sent = (this.sent ?? 0) + 1
        if (this.sent === 12) stop.abort(new Error('enough'))
        out.enqueue(bytes(MIB))
      },
    })
    const work = bucket.put('parts/aborted', endless, { signal: stop.signal })
    await assert.rejects(work, /enough/)
    await refused('ERR_STORE_MISSING', () => bucket.head('parts/aborted'))
    if (leftovers) assert.deepEqual(await leftovers(), [])
  })
  await check('a stream of another length than it said is refused', async () => {
    const work = () => bucket.put('parts/lies', streamOf(plaintext), { length: 7 * MIB })
    await refused('ERR_ARGUMENT', work)
    await refused('ERR_STORE_MISSING', () => bucket.head('parts/lies'))
  })
}

async function conditions(check, { bucket }) {
  await check('only where there is none', async () => {
    await bucket.put('once', bytes(10), { ifNoneMatch: '*' })
    const again = () => bucket.put('once', bytes(20), { ifNoneMatch: '*' })
    await refused('ERR_STORE_CONDITION', again)
    assert.equal((await bucket.head('once')).size, 10)
  })
  await check('only over a certain one', async () => {
    const { etag } = await bucket.put('certain', bytes(10))
    await bucket.put('certain', bytes(20), { ifMatch: etag })
    await refused('ERR_STORE_CONDITION', () => bucket.put('certain', bytes(30), { ifMatch: etag }))
    assert.equal((await bucket.head('certain')).size, 20)
  })
  await check('get only a certain one', async () => {
    const { etag } = await bucket.put('tagged', bytes(10))
    assert.equal((await bucket.get('tagged', { ifMatch: etag })).etag, etag)
    await bucket.put('tagged', bytes(11))
    await refused('ERR_STORE_CONDITION', () => bucket.get('tagged', { ifMatch: etag }))
  })
}

async function heads(check, { bucket }) {
  const context = { tenant: 'acme', ümlaut: '日本' }
  await check('head tells the length of the plaintext, type and context', async () => {
    await bucket.put('head', bytes(50_000), { contentType: 'image/png', context })
    const head = await bucket.head('head')
    assert.equal(head.size, 50_000)
    assert.equal(head.storedSize, 50_000 + 56 + 16 * 4)
    assert.equal(head.contentType, 'image/png')
    assert.deepEqual({ ...head.context }, context)
    assert.equal(head.slots.length, 1)
    assert.ok(Math.abs(Date.now() - head.modified.getTime()) < 60_000)
  })
  await check('another context than expected is refused', async () => {
    assert.deepEqual({ ...(await bucket.get('head', { context })).context }, context)
    const other = { context: { tenant: 'other' } }
    await refused('ERR_POLICY_CONTEXT', () => bucket.get('head', other))
    await refused('ERR_POLICY_CONTEXT', () => bucket.get('head', { context: {} }))
  })
  await check('what is not there', async () => {
    await refused('ERR_STORE_MISSING', () => bucket.head('nowhere'))
    await refused('ERR_STORE_MISSING', () => bucket.get('nowhere'))
    await refused('ERR_STORE_MISSING', () => bucket.get('nowhere', { range: 'bytes=0-1' }))
  })
}

async function lists(check, { bucket, calls }) {
  const names = Array.from({ length: 12 }, (_, i) => `list/${i % 3}/${String(i).padStart(2, '0')}`)
  for (const [i, name] of names.entries()) await bucket.put(name, bytes(i * 5000))
  await check('list tells plaintext lengths with no call for each object', async () => {
    const before = calls()
    const { objects } = await bucket.list({ prefix: 'list/' })
    assert.equal(objects.length, 12)
    for (const { key, size } of objects) assert.equal(size, names.indexOf(key) * 5000)
    assert.ok(calls() - before <= 1, `${calls() - before} calls`)
  })
  await check('list goes on page by page', async () => {
    const seen = []
    for await (const { key } of bucket.objects({ prefix: 'list/', limit: 5 })) seen.push(key)
    assert.deepEqual(seen, [...names].sort())
  })
  await check('list with a delimiter', async () => {
    const { objects, prefixes } = await bucket.list({ prefix: 'list/', delimiter: '/' })
    assert.deepEqual(objects, [])
    assert.deepEqual(prefixes, ['list/0/', 'list/1/', 'list/2/'])
  })
  await check('list goes on behind a key', async () => {
    const sorted = [...names].sort()
    const { objects } = await bucket.list({ prefix: 'list/', after: sorted[4] })
    assert.deepEqual(
      objects.map(({ key }) => key),
      sorted.slice(5),
    )
  })
  await check("list leaves out what is the bucket's own", async () => {
    for await (const { key } of bucket.objects()) assert.ok(!key.startsWith('.tsutsumi/'))
  })
}

async function copies(check, { bucket, fetched, copiesThrough }) {
  const plaintext = bytes(400_000)
  const context = { tenant: 'acme' }
  await bucket.put('copy/from', plaintext, { context, contentType: 'text/plain' })
  await check('a copy opens at its new place, and the body is not read', async () => {
    const before = fetched()
    await bucket.copy('copy/from', 'copy/to')
    if (!copiesThrough) assert.ok(fetched() - before < 10_000)
    const got = await bucket.get('copy/to', { context })
    assert.equal(got.contentType, 'text/plain')
    assert.ok(Buffer.from(await got.bytes()).equals(plaintext))
    await same(bucket, 'copy/from', plaintext)
  })
  await check('a copy with another type and context', async () => {
    const other = { context: { tenant: 'other' }, contentType: 'text/html' }
    await bucket.copy('copy/from', 'copy/other', other)
    const got = await bucket.get('copy/other', { context: other.context })
    assert.equal(got.contentType, 'text/html')
    assert.ok(Buffer.from(await got.bytes()).equals(plaintext))
  })
  await check('an object is renamed', async () => {
    await bucket.copy('copy/from', 'copy/old')
    await bucket.rename('copy/old', 'copy/new')
    await same(bucket, 'copy/new', plaintext)
    await refused('ERR_STORE_MISSING', () => bucket.head('copy/old'))
  })
  await check('a copy of another one than expected is refused', async () => {
    const work = () => bucket.copy('copy/from', 'copy/never', { ifMatch: 'x'.repeat(32) })
    await refused('ERR_STORE_CONDITION', work)
    await refused('ERR_STORE_MISSING', () => bucket.head('copy/never'))
  })
  await check('an object is deleted, and once more', async () => {
    await bucket.delete('copy/new')
    await bucket.delete('copy/new')
    await refused('ERR_STORE_MISSING', () => bucket.get('copy/new'))
  })
}

async function sidecars(check, { bucket, name, store, clientStore, rootKeys }) {
  const several = await EncryptedBucket.open({ store: clientStore, name, rootKeys, partLen: PART })
  const own = async () => (await store.list({ prefix: '.tsutsumi/slots/', limit: 1000 })).entries
  await check('slots that are too long for the metadata lie beside the object', async () => {
    const plaintext = bytes(1000)
    await several.put('many', plaintext)
    assert.equal((await own()).length, 1)
    await same(several, 'many', plaintext)
    await same(bucket, 'many', plaintext)
    assert.equal((await bucket.head('many')).slots.length, rootKeys.length)
  })
  await check('they are replaced, copied and deleted with it', async () => {
    await several.put('many', bytes(2000))
    assert.equal((await own()).length, 1)
    await several.copy('many', 'more')
    assert.equal((await own()).length, 2)
    await several.delete('many')
    assert.equal((await own()).length, 1)
    assert.equal((await (await several.get('more')).bytes()).length, 2000)
    await several.delete('more')
    assert.equal((await own()).length, 0)
  })
}

/** Runs all of it; `home` is one bucket through one client. */
export async function operations(check, home) {
  for (const part of [puts, uploads, conditions, ranges, responses, heads, lists, copies]) {
    await part(check, home)
  }
  await sidecars(check, home)
  await swaps(check, home)
}
