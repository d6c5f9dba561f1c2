// Ranges, and answers to requests.
import assert from 'node:assert/strict'
import { bytes, refused } from './support/cases.mjs'

export async function ranges(check, { bucket, fetched }) {
  const plaintext = bytes(1_000_000)
  await bucket.put('ranges', plaintext, { contentType: 'video/mp4' })
  const cases = [
    ['bytes=0-0', 0, 1],
    ['bytes=500000-565535', 500_000, 565_536],
    ['bytes=16383-16384', 16_383, 16_385],
    ['bytes=999000-', 999_000, 1_000_000],
    ['bytes=-500', 999_500, 1_000_000],
    ['bytes=999999-2000000', 999_999, 1_000_000],
  ]
  for (const [range, start, end] of cases) {
    await check(`get ${range}`, async () => {
      const got = await bucket.get('ranges', { range })
      assert.deepEqual(got.range, [start, end])
      const response = got.response()
      assert.equal(response.status, 206)
      assert.equal(response.headers.get('content-range'), `bytes ${start}-${end - 1}/1000000`)
      assert.equal(response.headers.get('content-type'), 'video/mp4')
      const body = new Uint8Array(await response.arrayBuffer())
      assert.ok(Buffer.from(body).equals(plaintext.subarray(start, end)))
    })
  }
  await check('a range of 64 KiB fetches at most 96 KiB', async () => {
    const before = fetched()
    const got = await bucket.get('ranges', { range: 'bytes=500000-565535' })
    assert.equal((await got.bytes()).length, 65_536)
    const taken = fetched() - before
    assert.ok(taken >= 65_536 && taken <= 98_304, `${taken} bytes were fetched`)
  })
  await check('a range that is not there', async () => {
    await refused('ERR_ARGUMENT', () => bucket.get('ranges', { range: 'bytes=1000000-' }))
  })
  await check('many ranges by one reader', async () => {
    const reader = await bucket.reader('ranges')
    for (const start of [900_000, 3, 77_777]) {
      const part = await reader.read(start, start + 1000)
      assert.ok(Buffer.from(part).equals(plaintext.subarray(start, start + 1000)))
    }
    reader.dispose()
    await refused('ERR_STATE', () => reader.read(0, 1))
  })
  await check('several ranges in one response', async () => {
    const headers = { range: 'bytes=0-9, 500000-500019, -5' }
    const response = await bucket.respond('ranges', new Request('http://x/', { headers }))
    assert.equal(response.status, 206)
    const [, boundary] = /^multipart\/byteranges; boundary=(.+)$/.exec(
      response.headers.get('content-type'),
    )
    const body = Buffer.from(await response.arrayBuffer())
    assert.equal(body.length, Number(response.headers.get('content-length')))
    const parts = body.toString('latin1').split(`--${boundary}`)
    assert.equal(parts.length, 5)
    const wanted = [
      [0, 10],
      [500_000, 500_020],
      [999_995, 1_000_000],
    ]
    for (const [i, [start, end]] of wanted.entries()) {
      const [head, ...rest] = parts[i + 1].split('\r\n\r\n')
      assert.match(head, new RegExp(`content-range: bytes ${start}-${end - 1}/1000000`))
      const part = Buffer.from(rest.join('\r\n\r\n').replace(/\r\n$/, ''), 'latin1')
      assert.ok(part.equals(plaintext.subarray(start, end)))
    }
  })
}

export async function responses(check, { bucket }) {
  const { etag } = await bucket.put('page', Buffer.from('plaintext'), { contentType: 'text/plain' })
  const ask = (headers, method = 'GET') =>
    bucket.respond('page', new Request('http://x/', { headers, method }))
  const cases = [
    ['whole', {}, 'GET', 200, 'plaintext'],
    ['HEAD', {}, 'HEAD', 200, ''],
    ['an ETag that it has', { 'if-none-match': `"${etag}"` }, 'GET', 304, ''],
    ['an ETag that it has not', { 'if-none-match': '"x"' }, 'GET', 200, 'plaintext'],
    ['another ETag wanted', { 'if-match': '"x"' }, 'GET', 412, ''],
    ['a range', { range: 'bytes=0-4' }, 'GET', 206, 'plain'],
    ['a range of an older one', { range: 'bytes=0-4', 'if-range': '"x"' }, 'GET', 200, 'plaintext'],
    ['a range that is not there', { range: 'bytes=9-' }, 'GET', 416, ''],
    ['no range', { range: 'lines=1-2' }, 'GET', 200, 'plaintext'],
    ['a range turned round', { range: 'bytes=5-2' }, 'GET', 200, 'plaintext'],
    ['another method', {}, 'DELETE', 405, ''],
  ]
  for (const [name, headers, method, status, text] of cases) {
    await check(`a response: ${name}`, async () => {
      const response = await ask(headers, method)
      assert.equal(response.status, status)
      assert.equal(await response.text(), text)
      if (status === 405) return
      assert.equal(response.headers.get('etag'), `"${etag}"`)
      assert.equal(response.headers.get('accept-ranges'), 'bytes')
      if (status === 200) assert.equal(response.headers.get('content-length'), '9')
      if (status === 416) assert.equal(response.headers.get('content-range'), 'bytes */9')
    })
  }
  await check('a response: none there', async () => {
    assert.equal((await bucket.respond('nowhere', new Request('http://x/'))).status, 404)
  })
}
