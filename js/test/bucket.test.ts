import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type BucketStore,
  EncryptedBucket,
  type ObjectStore,
  r2,
  StoreError,
  s3,
  s3Fetch,
} from 'tsutsumi/bucket'
import { plaintextLength } from '../dist/bucket/metadata.js'
import { Parts } from '../dist/bucket/parts.js'
import { readRange } from '../dist/bucket/range.js'
import { beside } from '../dist/bucket/sidecar.js'
import { elements, escapeXml, textAt, unescapeXml } from '../dist/bucket/stores/xml.js'
import { sealedLength } from '../dist/object/work.js'
import { rejectsCode, throwsCode } from './support/failure.js'
import { localKey, randomBytes } from './support/keys.js'

// What stores do is tested in tests/bucket, over real ones.
const nowhere: ObjectStore = {
  bucket: () => {
    throw new Error('nobody was to be asked')
  },
}

describe('a range of a header', () => {
  const cases: readonly (readonly [string | null, ReturnType<typeof readRange>])[] = [
    [null, 'all'],
    ['bytes=0-9', [[0, 10]]],
    ['bytes=90-', [[90, 100]]],
    ['bytes=-10', [[90, 100]]],
    ['bytes=-1000', [[0, 100]]],
    ['bytes=50-1000', [[50, 100]]],
    [
      'bytes=0-0, 99-99,-1',
      [
        [0, 1],
        [99, 100],
        [99, 100],
      ],
    ],
    ['bytes=100-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=100-,0-0', [[0, 1]]],
    ['bytes=9-0', 'all'],
    ['bytes=', 'all'],
    ['bytes=x-y', 'all'],
    ['bytes=1', 'all'],
    ['lines=0-9', 'all'],
    [`bytes=${'0-0,'.repeat(17)}`, 'all'],
    ['bytes=99999999999999999999-', 'all'],
  ]
  for (const [header, asked] of cases) {
    it(`such as ${header?.slice(0, 40)}`, () => assert.deepEqual(readRange(header, 100), asked))
  }
})

describe('the length of a plaintext', () => {
  it('follows from that of the object, and some lengths no object has', () => {
    for (const length of [0, 1, 16_383, 16_384, 16_385, 32_768, 5 * 2 ** 30]) {
      assert.equal(plaintextLength(sealedLength(length)), length)
    }
    for (const sealed of [0, 55, 71, 56 + 16_400, 56 + 16_400 + 15]) {
      assert.equal(plaintextLength(sealed), undefined)
    }
  })
})

describe('parts of a stream', () => {
  for (const [length, piece] of [
    [0, 5],
    [10, 10],
    [10, 3],
    [25, 7],
    [30, 100],
    [31, 1],
  ] as const) {
    it(`of ${length} bytes in pieces of ${piece}`, async () => {
      const bytes = randomBytes(length)
      const pieces = Array.from({ length: Math.ceil(length / piece) }, (_, i) =>
        bytes.slice(i * piece, (i + 1) * piece),
      )
      const stream = new ReadableStream<Uint8Array>({
        start(out) {
          for (const one of pieces) out.enqueue(one)
          out.close()
        },
      })
      const parts = new Parts(stream, 10)
      const got: Uint8Array[] = []
      for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
        got.push(part)
        assert.equal(parts.ended, got.length === Math.ceil(length / 10))
      }
      assert.deepEqual(new Uint8Array(Buffer.concat(got)), bytes)
      assert.ok(got.slice(0, -1).every((part) => part.length === 10))
    })
  }
})

describe('the XML of a store', () => {
  it('is read as it was written', () => {
    const text = `a<b>&"c"'d' \n ü🔑 &amp;`
    assert.equal(unescapeXml(escapeXml(text)), text)
    const xml = `<R><A><K>${escapeXml(text)}</K></A><A x="1"><K/></A><AB/></R>`
    assert.deepEqual(
      elements(xml, 'A').map((one) => textAt(one, 'K')),
      [text, ''],
    )
    assert.equal(textAt(xml, 'Z'), undefined)
    assert.equal(unescapeXml('&#x1F511;&#10;&unknown;&#x110000;'), '🔑\n&unknown;&#x110000;')
  })
})

describe('slots beside an object', () => {
  // Not a real store, as none fails in one of two requests when it is told to.
  const recording = (failing: boolean): { store: BucketStore; deleted: string[] } => {
    const deleted: string[] = []
    const list = async (): Promise<unknown> => {
      if (failing) throw new StoreError('ERR_STORE_THROTTLED', 'slow down', { status: 503 })
      return { entries: [{ key: '.tsutsumi/slots/k/old' }, { key: '.tsutsumi/slots/k/new' }] }
    }
    const remove = async (key: string): Promise<void> => void deleted.push(key)
    return { store: { list, delete: remove } as never, deleted }
  }
  const NEW = '.tsutsumi/slots/k/new'

  it('are replaced once the object is stored', async () => {
    const { store, deleted } = recording(false)
    assert.equal(await beside(store, 'k', NEW, async () => 'stored'), 'stored')
    assert.deepEqual(deleted, ['.tsutsumi/slots/k/old'])
  })

  it('stay where the object is stored and only the older ones are not removed', async () => {
    const { store, deleted } = recording(true)
    await rejectsCode(
      beside(store, 'k', NEW, async (asking) => asking()),
      'ERR_STORE_THROTTLED',
    )
    assert.deepEqual(deleted, [])
  })

  const failures: readonly (readonly [string, boolean, Error, readonly string[]])[] = [
    ['the source fails', false, new Error('the disk is gone'), [NEW]],
    ['refused', true, new StoreError('ERR_STORE_CONDITION', 'no', { status: 412 }), [NEW]],
    ['no reply', true, new StoreError('ERR_STORE_UNAVAILABLE', 'cut'), []],
    ['an error of the store', true, new StoreError('ERR_STORE_PROTOCOL', 'x', { status: 500 }), []],
    ['given up', true, new Error('the caller had enough'), []],
  ]
  for (const [name, asks, error, gone] of failures) {
    it(`${gone.length > 0 ? 'go' : 'stay'}: ${name}`, async () => {
      const { store, deleted } = recording(false)
      const work = async (asking: () => void): Promise<never> => {
        if (asks) asking()
        throw error
      }
      await assert.rejects(beside(store, 'k', NEW, work), error)
      assert.deepEqual(deleted, gone)
    })
  }
})

describe('an encrypted bucket', () => {
  const rootKey = localKey()

  it('refuses what makes no sense before anybody is asked', async () => {
    const wrong = [
      {},
      { store: nowhere, name: 'invoices' },
      { store: nowhere, name: 'No', rootKey },
      { store: nowhere, name: 'invoices', rootKey, rootKeys: [rootKey] },
      { store: {}, name: 'invoices', rootKey },
      { store: nowhere, name: 'invoices', rootKey, partLen: 1000 },
      { store: nowhere, name: 'invoices', rootKey, parallel: 0 },
      { store: nowhere, name: 'invoices', rootKey, colour: 'red' },
    ]
    for (const options of wrong) {
      await rejectsCode(EncryptedBucket.open(options as never), 'ERR_ARGUMENT')
      await rejectsCode(EncryptedBucket.create(options as never), 'ERR_ARGUMENT')
    }
  })

  it('takes only clients that have operations', () => {
    for (const client of [undefined, null, 'x', {}, { send() {} }]) {
      throwsCode(() => s3(client as never), 'ERR_ARGUMENT')
      throwsCode(() => r2(client as never), 'ERR_ARGUMENT')
    }
    throwsCode(() => s3Fetch({ url: 'http://elsewhere/', fetch }), 'ERR_ARGUMENT')
    throwsCode(() => s3Fetch({ url: 'https://store/' } as never), 'ERR_ARGUMENT')
  })
})
