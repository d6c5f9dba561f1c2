// What somebody does who holds the store.
import { refused } from './support/cases.mjs'

/** What somebody does who holds the store: every exchange is noticed. */
export async function swaps(check, { bucket, store }) {
  const put = async (key, seed) => {
    await bucket.put(key, Buffer.alloc(50_000, seed), { contentType: 'text/plain' })
    const { head, stream } = await store.get(key, {})
    return { head, body: new Uint8Array(await new Response(stream).arrayBuffer()) }
  }
  const [a, b] = [await put('swap/a', 1), await put('swap/b', 2)]
  const { metadata } = a.head
  const cases = [
    ['an object at the place of another', 'ERR_POLICY_CONTEXT', b.body, b.head.metadata],
    ['the metadata of another', 'ERR_POLICY_CONTEXT', a.body, b.head.metadata],
    ['the body of another', 'ERR_OPEN_FAILED', b.body, metadata],
    [
      'a flipped bit',
      'ERR_OPEN_FAILED',
      a.body.map((x, i) => (i === 40_000 ? x ^ 1 : x)),
      metadata,
    ],
    [
      'a flipped bit of the header',
      'ERR_OPEN_FAILED',
      a.body.map((x, i) => (i ? x : x ^ 1)),
      metadata,
    ],
    ['no metadata', 'ERR_FORMAT_INVALID', a.body, {}],
    ['cut short', 'ERR_FORMAT_TRUNCATED', a.body.slice(0, 30_000), metadata],
    ['cut between chunks, length left out', undefined, a.body.slice(0, 56 + 16_400 * 2), metadata],
    ['nothing', 'ERR_FORMAT_TRUNCATED', new Uint8Array(0), metadata],
    [
      'another content type',
      'ERR_POLICY_CONTEXT',
      a.body,
      { ...metadata, 'tsutsumi-type': '"text/html"' },
    ],
    [
      'another context',
      'ERR_POLICY_CONTEXT',
      a.body,
      { ...metadata, 'tsutsumi-context': '{"a":"b"}' },
    ],
    ['another length', 'ERR_FORMAT_TRUNCATED', a.body, { ...metadata, 'tsutsumi-length': '49999' }],
    ['another version', 'ERR_FORMAT_VERSION', a.body, { ...metadata, 'tsutsumi-v': '2' }],
    ['slots that are none', 'ERR_FORMAT_INVALID', a.body, { ...metadata, 'tsutsumi-slots': '{}' }],
  ]
  for (const [title, code, body, all] of cases) {
    const entry = { ...all }
    if (code === undefined) delete entry['tsutsumi-length']
    for (const range of [undefined, 'bytes=0-40960']) {
      await check(`${title}, ${range === undefined ? 'whole' : 'in a range'}`, async () => {
        await store.put('swap/a', body, { metadata: entry })
        const read = async () => (await bucket.get('swap/a', { range })).bytes()
        // What is cut between chunks and claims no length has no last chunk.
        await refused(code ?? 'ERR_FORMAT_TRUNCATED', read)
      })
    }
  }
}
