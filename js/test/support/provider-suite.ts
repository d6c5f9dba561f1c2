/** What every provider has to do, whichever service is behind it. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect as show } from 'node:util'
import { DataKey, Envelope, KmsError, type RootKey, type Slot } from 'tsutsumi'
import type { Fetch } from 'tsutsumi/key-protect'
import type { Clock } from '../../dist/http/clock.js'
import { assertCode, rejectsCode } from './failure.js'
import { FaultClock } from './fault-clock.js'
import { type Backend, FaultProxy, type ProxyFault } from './fault-proxy.js'
import { bytesOf, randomBytes } from './keys.js'

/** What the suite has to know of a client. */
export interface ClientOptions {
  readonly url: string
  readonly clock: Clock
  readonly fetch?: Fetch
  /** Credentials that the service does not know. */
  readonly wrongCredentials?: boolean
}

/** A service to try a provider against. */
export interface Bench {
  readonly name: string
  /** Why it cannot run, or false. */
  readonly missing?: string | false
  /** Starts the service with keys called `first`, `other` and `disabled`; returns the way to it. */
  start(): Promise<Backend>
  stop?(): Promise<void>
  key(which: 'first' | 'other' | 'disabled' | 'missing', options: ClientOptions): RootKey
  /** Gives `first` a new version. */
  rotate?(): Promise<void>
  /** Whether the service binds the context to the wrapped key. */
  readonly bindsContext: boolean
  /** The start of what a slot says of the key. */
  readonly info: RegExp
  /** What the service answers when it is asked too often. */
  readonly throttled: ProxyFault
  /** A reply to unwrapping with this for a key. */
  unwrapped(key: Uint8Array): unknown
  /** How a wrap under a key that there is not ends. */
  readonly gone: string
}

/** Answers with JSON. */
export function json(status: number, body: unknown, headers = {}): ProxyFault {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

const context = { tenant: 'acme', purpose: 'conformance' }

/** Runs the suite. */
export function conformance(bench: Bench): void {
  describe(`a provider: ${bench.name}`, { skip: bench.missing ?? false }, () => {
    const clock = new FaultClock()
    let proxy: FaultProxy
    let key: RootKey
    let slot: Slot

    before(async () => {
      proxy = new FaultProxy(await bench.start())
      await proxy.start()
      key = bench.key('first', { url: proxy.url, clock })
      using dataKey = DataKey.generate()
      slot = await key.wrap(dataKey, { context })
    })
    after(async () => {
      await proxy.stop()
      await bench.stop?.()
    })
    beforeEach(() => proxy.reset())

    const unwrap = async (given = slot, options: object = { context }): Promise<void> => {
      ;(await key.unwrap(given, options)).dispose()
    }
    const wrap = async (given = key): Promise<Slot> => {
      using dataKey = DataKey.generate()
      return await given.wrap(dataKey, { context })
    }
    const fresh = (which: Parameters<Bench['key']>[0], more = {}): RootKey =>
      bench.key(which, { url: proxy.url, clock, ...more })

    it('wraps, unwraps, and says what it is', async () => {
      assert.equal(slot.provider, key.provider)
      assert.match(Buffer.from(slot.info).toString(), bench.info)
      await unwrap()
      const envelope = new Envelope({ rootKey: key })
      const message = await envelope.encrypt(bytesOf('order 17'), { context })
      const { plaintext } = await envelope.decrypt(message, { context })
      assert.deepEqual(plaintext, bytesOf('order 17'))
      await rejectsCode(envelope.decrypt(message), 'ERR_POLICY_CONTEXT')
      const bare = await envelope.encrypt(bytesOf('order 18'))
      assert.deepEqual((await envelope.decrypt(bare)).plaintext, bytesOf('order 18'))
    })

    it('gives the key that was wrapped, and no other', async () => {
      const [a, b] = [new Envelope({ rootKey: key }), new Envelope({ rootKey: fresh('other') })]
      const [one, two] = await Promise.all([a.encrypt(randomBytes(9)), a.encrypt(randomBytes(9))])
      assert.notDeepEqual(one, two)
      await rejectsCode(b.decrypt(one), 'ERR_POLICY_KEY')
    })

    it('binds the context where the service can', async () => {
      for (const other of [{}, { tenant: 'acme' }, { ...context, tenant: 'other' }]) {
        const work = unwrap(slot, { context: other })
        if (bench.bindsContext) await rejectsCode(work, 'ERR_OPEN_FAILED')
        else await work
      }
    })

    it('refuses a wrapped key that was altered, in one way', async () => {
      const { length } = slot.ciphertext
      for (const at of [length >> 1, length - 20, length - 6]) {
        const ciphertext = slot.ciphertext.slice()
        ciphertext[at] = (ciphertext[at] ?? 0) === 0x41 ? 0x42 : 0x41
        const error = await rejectsCode(unwrap({ ...slot, ciphertext }), 'ERR_OPEN_FAILED')
        assert.deepEqual(
          [error.message, error.hint, error.cause],
          ['opening failed', undefined, undefined],
        )
      }
    })

    it('refuses the slot of another key without a call', async () => {
      const other = await wrap(fresh('other'))
      proxy.reset()
      const cut = slot.info.slice(0, -1)
      const wrong = [
        other,
        { ...slot, info: cut },
        { ...slot, info: new Uint8Array(0) },
        { ...slot, provider: 'somebody-else' },
      ]
      for (const one of wrong) await rejectsCode(unwrap(one), 'ERR_POLICY_KEY')
      assert.equal(proxy.seen, 0)
    })

    it('says that a key is disabled, missing, or not for these credentials', async () => {
      const disabled = fresh('disabled')
      await rejectsCode(wrap(disabled), 'ERR_KMS_KEY_STATE')
      await rejectsCode(wrap(fresh('missing')), bench.gone)
      proxy.reset()
      const error = await rejectsCode(
        wrap(fresh('first', { wrongCredentials: true })),
        'ERR_KMS_DENIED',
      )
      assert.ok(error instanceof KmsError && error.status !== undefined)
      assert.doesNotMatch(show(error, { depth: 9 }), /canary/)
    })

    it('tries again when it is asked to slow down, and gives up', async () => {
      proxy.faults.push(bench.throttled, bench.throttled)
      await unwrap()
      assert.equal(proxy.seen, 3)
      proxy.lasting = bench.throttled
      for (const work of [unwrap, wrap]) {
        proxy.seen = 0
        const error = assertCode(await work().catch((thrown) => thrown), 'ERR_KMS_THROTTLED')
        assert.ok(error instanceof KmsError && error.retryable)
        assert.deepEqual([error.attempts, proxy.seen], [3, 3])
      }
    })

    it('tries again when nothing comes, and gives up', async () => {
      const hang: ProxyFault = () => clock.expire()
      proxy.faults.push(hang)
      await unwrap()
      proxy.lasting = hang
      await rejectsCode(wrap(), 'ERR_KMS_TIMEOUT')
      proxy.lasting = (request) => request.socket.destroy()
      await rejectsCode(wrap(), 'ERR_KMS_UNAVAILABLE')
      proxy.lasting = json(503, {})
      await rejectsCode(unwrap(), 'ERR_KMS_UNAVAILABLE')
    })

    it('takes no reply that makes no sense', async () => {
      const text = (body: string): ProxyFault => {
        return (_request, response) => response.writeHead(200).end(body)
      }
      const nonsense = [
        text('<!doctype html><title>Sign in</title>'),
        text(''),
        text('{"'),
        json(200, {}),
        json(200, null),
        json(200, []),
        (_request, response) => response.writeHead(307, { location: '/elsewhere' }).end(),
        json(400, { unexpected: true }),
      ] satisfies ProxyFault[]
      const keys = [0, 15, 31, 33, 64].map((length) =>
        json(200, bench.unwrapped(randomBytes(length))),
      )
      for (const fault of nonsense) {
        proxy.faults.push(fault)
        await rejectsCode(wrap(), 'ERR_KMS_PROTOCOL')
      }
      for (const fault of [...nonsense, ...keys]) {
        proxy.faults.push(fault)
        await rejectsCode(unwrap(), 'ERR_KMS_PROTOCOL')
      }
      proxy.faults.push(json(200, bench.unwrapped(randomBytes(32))))
      await unwrap()
    })

    it('ends when it is aborted: before, and while it waits', async () => {
      const reason = new Error('enough')
      using dataKey = DataKey.generate()
      const aborted = AbortSignal.abort(reason)
      await assert.rejects(key.wrap(dataKey, { signal: aborted }), reason)
      await assert.rejects(key.unwrap(slot, { context, signal: aborted }), reason)
      assert.equal(proxy.seen, 0)
      for (const work of [
        (signal: AbortSignal) => key.wrap(dataKey, { signal }),
        (signal: AbortSignal) => key.unwrap(slot, { context, signal }),
      ]) {
        const controller = new AbortController()
        proxy.lasting = () => controller.abort(reason)
        await assert.rejects(work(controller.signal), reason)
      }
    })

    it('serves many at once', async () => {
      const slots = await Promise.all(Array.from({ length: 25 }, () => wrap()))
      assert.equal(
        new Set(slots.map((one) => Buffer.from(one.ciphertext).toString('hex'))).size,
        25,
      )
      await Promise.all(slots.map((one) => unwrap(one)))
    })

    it('sends keys as bytes, and overwrites them', async () => {
      const bodies: unknown[] = []
      const spy: Fetch = (url, init) => {
        bodies.push(init.body)
        return fetch(url, init)
      }
      await wrap(fresh('first', { fetch: spy }))
      const last = bodies.at(-1)
      assert.ok(last instanceof Uint8Array && last.length > 40)
      assert.ok(last.every((byte) => byte === 0))
    })

    it('refuses arguments by name', async () => {
      await rejectsCode(key.wrap({} as DataKey), 'ERR_ARGUMENT')
      using dataKey = DataKey.generate()
      await rejectsCode(key.wrap(dataKey, { contxt: {} } as object), 'ERR_ARGUMENT')
      await rejectsCode(key.unwrap({ ...slot, ciphertext: 'x' } as unknown as Slot), 'ERR_ARGUMENT')
      dataKey.dispose()
      await rejectsCode(key.wrap(dataKey), 'ERR_STATE')
      assert.equal(proxy.seen, 0)
    })

    const rotated = bench.rotate === undefined ? 'it has no versions here' : false
    it('opens what an older version wrapped, and wraps it anew', { skip: rotated }, async () => {
      await bench.rotate?.()
      await unwrap()
      if (key.rewrap === undefined) return
      const again = await key.rewrap(slot, { context })
      assert.notDeepEqual(again.ciphertext, slot.ciphertext)
      assert.deepEqual([again.provider, again.info], [slot.provider, slot.info])
      await unwrap(again)
      await rejectsCode(unwrap(again, { context: {} }), 'ERR_OPEN_FAILED')
      await rejectsCode(key.rewrap(slot, { context: {} }), 'ERR_OPEN_FAILED')
      await rejectsCode(key.rewrap({ ...slot, provider: 'x' }, { context }), 'ERR_POLICY_KEY')
    })
  })
}
