// What goes wrong: a documented code, no upload left over, and no byte that is not authentic.
import assert from 'node:assert/strict'
import { EncryptedBucket } from '../../js/dist/bucket.js'
import { bytes, PART, refused, streamOf } from './support/cases.mjs'
import { cut, cutBody, halve, refuse, withHeaders } from './support/proxy.mjs'

const ALWAYS = Number.POSITIVE_INFINITY
const part = ({ method, url }) => method === 'PUT' && url.includes('partNumber=')
const body = ({ method, url }) => method === 'GET' && url.includes('/object')
const end = ({ method, url }) => method === 'POST' && url.includes('uploadId=')

/** Reads until it fails; returns what came until then. */
async function delivered(bucket) {
  const got = []
  const work = async () => {
    for await (const piece of (await bucket.get('object')).stream) got.push(piece)
  }
  const error = await work().then(
    () => undefined,
    (failure) => failure,
  )
  return { error, got: Buffer.concat(got) }
}

async function reading(check, { bucket, proxy }) {
  const plaintext = bytes(2_000_000)
  await bucket.put('object', plaintext)
  const cases = [
    ['the connection is cut', cut, ['ERR_STORE_UNAVAILABLE']],
    ['the connection is cut in the body', cutBody, ['ERR_STORE_UNAVAILABLE']],
    ['half a body comes as if it were all', halve, ['ERR_FORMAT_TRUNCATED']],
    ['503 SlowDown', refuse(503, 'SlowDown'), ['ERR_STORE_THROTTLED']],
    ['500', refuse(500, 'InternalError'), ['ERR_STORE_UNAVAILABLE']],
    ['403', refuse(403, 'AccessDenied'), ['ERR_STORE_DENIED']],
    ['the clock differs', refuse(403, 'RequestTimeTooSkewed'), ['ERR_STORE_DENIED']],
    ['a page of somebody else', refuse(418, 'Teapot'), ['ERR_STORE_PROTOCOL']],
  ]
  for (const [name, fault, codes] of cases) {
    await check(`get: ${name}`, async () => {
      proxy.faults = [{ when: body, times: ALWAYS, do: fault }]
      const { error, got } = await delivered(bucket)
      assert.ok(codes.includes(error?.code), `${error?.stack}`)
      assert.ok(got.length < plaintext.length)
      assert.ok(got.equals(plaintext.subarray(0, got.length)), 'a byte is not authentic')
    })
    await check(`get a range: ${name}`, async () => {
      proxy.faults = [{ when: body, times: ALWAYS, do: fault }]
      await refused(codes[0], async () =>
        (await bucket.get('object', { range: 'bytes=0-99999' })).bytes(),
      )
    })
  }
  for (const [name, fault] of cases.slice(0, 1).concat(cases.slice(3, 5))) {
    await check(`get: ${name}, once, is tried again`, async () => {
      proxy.faults = [{ when: body, times: 1, do: fault }]
      const got = await (await bucket.get('object')).bytes()
      assert.ok(Buffer.from(got).equals(plaintext))
    })
  }
  await check('get a range: the object is replaced meanwhile', async () => {
    const other = bytes(2_000_000)
    const replace = async (response, pass) => {
      proxy.faults = []
      await bucket.put('object', other)
      const { status, headers, body: found } = await pass()
      response.writeHead(status, headers).end(found)
    }
    const second = (asked) => body(asked) && !/bytes=0-55$/.test(asked.headers.range ?? '')
    proxy.faults = [{ when: second, times: 1, do: replace }]
    const got = await (await bucket.get('object', { range: 'bytes=500000-599999' })).bytes()
    assert.ok(Buffer.from(got).equals(other.subarray(500_000, 600_000)))
  })
}

async function writing(check, { bucket, inner, proxy, embedded }) {
  const plaintext = bytes(PART * 2 + 99)
  const put = () => bucket.put('upload', streamOf(plaintext))
  const cases = [
    ['a part is refused with 503', part, refuse(503, 'SlowDown'), 'ERR_STORE_THROTTLED'],
    ['a part breaks off', part, cut, 'ERR_STORE_UNAVAILABLE'],
    ['a part has a wrong ETag', part, withHeaders({ etag: '"0123"' }), 'ERR_STORE_PROTOCOL'],
    ['a part has no ETag', part, withHeaders({ etag: '' }), 'ERR_STORE_PROTOCOL'],
    ['the end fails', end, refuse(500, 'InternalError'), 'ERR_STORE_UNAVAILABLE'],
    ['the end fails with status 200', end, refuse(200, 'InternalError'), undefined],
  ]
  for (const [name, when, fault, code] of cases) {
    await check(`put: ${name}`, async () => {
      proxy.faults = [{ when, times: ALWAYS, do: fault }]
      const error = await put().then(
        () => undefined,
        (failure) => failure,
      )
      proxy.faults = []
      assert.match(error?.code ?? '', /^ERR_STORE_/, `${error?.stack}`)
      if (code !== undefined) assert.equal(error.code, code, error.stack)
      assert.deepEqual(await inner.uploads('', {}), [], 'an upload is left over')
      await refused('ERR_STORE_MISSING', () => bucket.head('upload'))
    })
  }
  await check('put: the key service is down', async () => {
    embedded.faults.serverError({ operation: 'wrap', times: 3 })
    await refused('ERR_KMS_UNAVAILABLE', put)
    embedded.faults.clear()
    assert.deepEqual(await inner.uploads('', {}), [])
    await refused('ERR_STORE_MISSING', () => bucket.head('upload'))
  })
  await check('put: the key service goes down in the middle of an upload', async () => {
    let sent = 0
    const source = new ReadableStream({
      pull(out) {
        if (sent === 1_000_000) embedded.faults.serverError({ times: 100 })
        if (sent >= plaintext.length) return out.close()
        out.enqueue(plaintext.subarray(sent, sent + 100_000))
        sent += 100_000
      },
    })
    await bucket.put('upload', source)
    await refused('ERR_KMS_UNAVAILABLE', () => bucket.get('upload'))
    embedded.faults.clear()
    assert.ok(Buffer.from(await (await bucket.get('upload')).bytes()).equals(plaintext))
  })
}

async function keys(check, { bucket, store, embedded, kms, rootKey, name }) {
  await bucket.put('kept', bytes(1000))
  await check('a disabled root key closes the bucket, and opens it again', async () => {
    await rootKey.disable()
    await refused('ERR_KMS_KEY_STATE', () => bucket.get('kept'))
    await refused('ERR_KMS_KEY_STATE', () => bucket.get('kept', { range: 'bytes=0-1' }))
    await refused('ERR_KMS_KEY_STATE', () => bucket.put('more', bytes(10)))
    assert.equal((await bucket.head('kept')).size, 1000)
    embedded.advanceClock(60)
    await rootKey.enable()
    assert.equal((await (await bucket.get('kept')).bytes()).length, 1000)
  })
  await check('another root key than the configuration names is refused', async () => {
    const other = await kms.createRootKey({ name: 'another' })
    const theirs = await EncryptedBucket.open({ store, name, rootKey: other })
    await refused('ERR_POLICY_KEY', () => theirs.put('stray', bytes(10)))
    await refused('ERR_POLICY_KEY', () => theirs.get('kept'))
    await refused('ERR_STORE_MISSING', () => bucket.head('stray'))
  })
  await check('a bucket is made once, and another is none', async () => {
    await refused('ERR_STORE_CONDITION', () => EncryptedBucket.create({ store, name, rootKey }))
    const open = () => EncryptedBucket.open({ store, name: 'nowhere-at-all', rootKey })
    await refused('ERR_STORE_MISSING', open)
  })
  await check('after a rotation new objects are under the new version', async () => {
    const before = (await bucket.head('kept')).slots[0].rootKeyVersion
    await rootKey.rotate()
    await bucket.put('newer', bytes(10))
    assert.notEqual((await bucket.head('newer')).slots[0].rootKeyVersion, before)
    assert.equal((await (await bucket.get('kept')).bytes()).length, 1000)
  })
}

/** Runs all of it over one store behind a proxy. */
export async function faults(check, home) {
  for (const group of [reading, writing, keys]) {
    home.proxy.faults = []
    await group(check, home)
    home.proxy.faults = []
  }
}
