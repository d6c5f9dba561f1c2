import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Envelope } from 'tsutsumi'
import { rejectsCode, throwsCode } from './support/failure.js'
import { bytesOf, localKey, randomBytes } from './support/keys.js'
import { chunked, collect, through } from './support/streams.js'

const rootKey = localKey()
const envelope = new Envelope({ rootKey })

/** Lets everything that is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

describe('streams', () => {
  for (const length of [0, 1, 65_535, 65_536, 65_537, 400_000]) {
    for (const chunk of [1_000, 65_536, 1_000_000]) {
      it(`give back ${length} bytes in chunks of ${chunk}`, async () => {
        const plaintext = randomBytes(length)
        const message = await through(plaintext, envelope.encryptStream(), chunk)
        assert.deepEqual((await envelope.decrypt(message)).plaintext, plaintext)
        const opened = await through(message, envelope.decryptStream(), chunk)
        assert.deepEqual(new Uint8Array(opened), plaintext)
      })
    }
  }

  it('open a message that arrives byte by byte', async () => {
    const message = await envelope.encrypt(bytesOf('slowly'), { context: { a: '1' } })
    const pair = envelope.decryptStream({ context: { a: '1' } })
    assert.equal((await through(message, pair, 1)).toString(), 'slowly')
    assert.deepEqual({ ...(await pair.context) }, { a: '1' })
  })

  it('read messages that are sealed in one piece', async () => {
    const plaintext = randomBytes(200_000)
    const message = await envelope.encrypt(plaintext)
    assert.deepEqual(new Uint8Array(await through(message, envelope.decryptStream())), plaintext)
  })

  it('ask no root key before they are read', async () => {
    let asked = 0
    const counting = {
      provider: 'tests',
      id: 'counting',
      wrap: (...args: Parameters<typeof rootKey.wrap>) => {
        asked += 1
        return rootKey.wrap(...args)
      },
      unwrap: () => Promise.reject(new Error('not used')),
    }
    const { readable } = new Envelope({ rootKey: counting }).encryptStream()
    await settle()
    assert.equal(asked, 0)
    await readable.getReader().read()
    assert.equal(asked, 1)
  })
})

/** Bytes that a stream takes of a chunk at a time, at most, and those that it holds besides. */
const PIECE_MOST = 3 << 20

describe('back-pressure', () => {
  it('holds a writer until its chunk is read, whatever its length', async () => {
    const { readable, writable } = envelope.encryptStream()
    const writer = writable.getWriter()
    let written = false
    const length = 5_000_000
    const write = writer.write(new Uint8Array(length)).then(() => {
      written = true
    })
    const reader = readable.getReader()
    let given = 0
    // The last piece is used up when the frames before it are read.
    while (given < length - PIECE_MOST) {
      await settle()
      assert.equal(written, false, `after ${given} bytes of ${length}`)
      given += (await reader.read()).value?.length ?? 0
    }
    const rest = (async () => {
      while (!(await reader.read()).done);
    })()
    await write
    assert.equal(written, true)
    await Promise.all([writer.close(), rest])
  })

  it('never holds more than a frame for a reader who reads slowly', async () => {
    let taken = 0
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          taken += 1
          controller.enqueue(new Uint8Array(65_536))
          if (taken === 64) controller.close()
        },
      },
      { highWaterMark: 0 },
    )
    const pipeline = source
      .pipeThrough(envelope.encryptStream())
      .pipeThrough(envelope.decryptStream())
    const reader = pipeline.getReader()
    let given = 0
    for (;;) {
      await settle()
      assert.ok(taken - given <= 4, `${taken} chunks taken, ${given} given`)
      const { done } = await reader.read()
      if (done) break
      given += 1
    }
    assert.equal(taken, 64)
  })
})

describe('a stream that ends early', () => {
  const plaintext = randomBytes(300_000)

  it('says that what came before is authentic, and gives nothing that is not', async () => {
    const message = await envelope.encrypt(plaintext)
    const flipped = message.slice()
    const at = message.length - 70_000
    flipped[at] = (flipped[at] ?? 0) ^ 1
    const cases = [
      [flipped, 'ERR_OPEN_FAILED'],
      [message.subarray(0, -1), 'ERR_FORMAT_TRUNCATED'],
      [message.subarray(0, 200_000), 'ERR_FORMAT_TRUNCATED'],
      [Buffer.concat([message, Buffer.of(0)]), 'ERR_FORMAT_INVALID'],
    ] as const
    for (const [bytes, code] of cases) {
      const reader = chunked(bytes, 65_536).pipeThrough(envelope.decryptStream()).getReader()
      let length = 0
      const error = await rejectsCode(
        (async () => {
          for (;;) {
            const { done, value } = await reader.read()
            if (done) return
            assert.deepEqual(value, plaintext.subarray(length, length + value.length))
            length += value.length
          }
        })(),
        code,
      )
      assert.ok(length >= 65_536)
      assert.match(error.hint ?? '', /authentic/)
    }
  })

  it('says nothing of the kind when nothing came before', async () => {
    const message = await envelope.encrypt(bytesOf('short'))
    message[message.length - 1] = (message[message.length - 1] ?? 0) ^ 1
    const error = await rejectsCode(through(message, envelope.decryptStream()), 'ERR_OPEN_FAILED')
    assert.equal(error.hint, undefined)
  })

  it('rejects a header that is cut short', async () => {
    const message = await envelope.encrypt(bytesOf('short'))
    for (const length of [0, 1, 100]) {
      const pair = envelope.decryptStream()
      await rejectsCode(through(message.subarray(0, length), pair), 'ERR_FORMAT_TRUNCATED')
      await rejectsCode(pair.context, 'ERR_FORMAT_TRUNCATED')
    }
  })
})

describe('ending a stream by hand', () => {
  const reason = new Error('enough')

  it('an abort of the signal ends both sides with its reason', async () => {
    for (const make of [
      (signal: AbortSignal) => envelope.encryptStream({ signal }),
      (signal: AbortSignal) => envelope.decryptStream({ signal }),
    ]) {
      const controller = new AbortController()
      const { readable, writable } = make(controller.signal)
      const [reader, writer] = [readable.getReader(), writable.getWriter()]
      const write = writer.write(new Uint8Array(1))
      controller.abort(reason)
      await assert.rejects(reader.read(), reason)
      await assert.rejects(write, reason)
      await assert.rejects(writer.closed, reason)
    }
  })

  it('a signal that is aborted already ends it at once', async () => {
    const { readable, writable } = envelope.encryptStream({ signal: AbortSignal.abort(reason) })
    await assert.rejects(readable.getReader().read(), reason)
    await assert.rejects(writable.getWriter().closed, reason)
  })

  it('a cancel reaches the writer, even one who waits', async () => {
    const { readable, writable } = envelope.encryptStream()
    const writer = writable.getWriter()
    const write = writer.write(new Uint8Array(5_000_000))
    const reader = readable.getReader()
    await reader.read()
    await reader.read()
    await reader.cancel(reason)
    await assert.rejects(write, reason)
    await assert.rejects(writer.closed, reason)
  })

  it('an abort of the writer reaches the reader, even one who waits', async () => {
    const { readable, writable } = envelope.encryptStream()
    const [reader, writer] = [readable.getReader(), writable.getWriter()]
    await reader.read()
    const read = reader.read()
    await settle()
    await writer.abort(reason)
    await assert.rejects(read, reason)
  })

  it('an abort of a writer whose chunk nobody reads does not wait for a reader', async () => {
    const { readable, writable } = envelope.encryptStream()
    const writer = writable.getWriter()
    const write = writer.write(new Uint8Array(1_000_000))
    await writer.abort(reason)
    await assert.rejects(write, reason)
    await assert.rejects(readable.getReader().read(), reason)
  })

  it('an abort reaches the root key that is being asked', async () => {
    let seen: AbortSignal | undefined
    const hanging = {
      provider: 'tests',
      id: 'hanging',
      wrap: (_key: unknown, options?: { signal?: AbortSignal }) => {
        seen = options?.signal
        return new Promise<never>((_resolve, reject) => {
          seen?.addEventListener('abort', () => reject(seen?.reason))
        })
      },
      unwrap: () => Promise.reject(new Error('not used')),
    }
    const { readable } = new Envelope({ rootKey: hanging }).encryptStream()
    const reader = readable.getReader()
    const read = reader.read()
    await settle()
    await reader.cancel(reason)
    assert.equal((await read).done, true)
    assert.equal(seen?.aborted, true)
  })

  it('a failure of the root key reaches both sides', async () => {
    const failing = {
      provider: 'tests',
      id: 'failing',
      wrap: () => Promise.reject(reason),
      unwrap: () => Promise.reject(reason),
    }
    const { readable, writable } = new Envelope({ rootKey: failing }).encryptStream()
    const write = writable.getWriter().write(new Uint8Array(1))
    await assert.rejects(readable.getReader().read(), reason)
    await assert.rejects(write, reason)
  })

  it('a chunk that is no bytes is refused on both sides', async () => {
    for (const chunk of ['text', [1], new Uint16Array(1), null]) {
      const { readable, writable } = envelope.encryptStream()
      const write = writable.getWriter().write(chunk as never)
      await rejectsCode(write, 'ERR_ARGUMENT')
      await rejectsCode(collect(readable), 'ERR_ARGUMENT')
    }
  })

  it('a chunk that is detached before it is used is not taken for an empty one', async () => {
    const { readable, writable } = envelope.encryptStream()
    const chunk = new Uint8Array(5_000_000)
    const write = writable.getWriter().write(chunk)
    const reader = readable.getReader()
    await reader.read()
    await reader.read()
    structuredClone(chunk, { transfer: [chunk.buffer] })
    await rejectsCode(reader.read(), 'ERR_ARGUMENT')
    await rejectsCode(write, 'ERR_ARGUMENT')
  })

  it('options that are none are refused at once', () => {
    throwsCode(() => envelope.encryptStream({ signal: 'now' } as never), 'ERR_ARGUMENT')
    throwsCode(() => envelope.decryptStream({ contexts: {} } as never), 'ERR_ARGUMENT')
    throwsCode(() => envelope.encryptStream({ context: 'unchecked' } as never), 'ERR_ARGUMENT')
  })
})
