import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { DataKey, type KmsError } from 'tsutsumi'
import type { KeyProtectOptions, KeyProtectRootKey } from 'tsutsumi/key-protect'
import { makeClient } from '../dist/key-protect/client.js'
import { rejectsCode } from './support/failure.js'
import { ACCOUNT, INSTANCE } from './support/fake-service.js'
import { ManualClock, settle } from './support/manual-clock.js'

type Answer = (signal: AbortSignal) => Response | Promise<Response>

const CRN = `crn:v1:bluemix:public:kms:us-south:a/${ACCOUNT}:${INSTANCE}:key:abcdef`

function reply(status: number, headers: Record<string, string> = {}, body: unknown = {}): Answer {
  return () => new Response(JSON.stringify(body), { status, headers })
}
const wrapped = reply(200, {}, { ciphertext: 'YWJj' })
const hang: Answer = (signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
/** Ignores even the signal, as a `fetch` of somebody's own may. */
const deaf: Answer = () => new Promise(() => {})

describe('time', () => {
  let clock = new ManualClock()
  let dataKey = DataKey.generate()
  let sent: string[] = []
  let tokens = 0

  beforeEach(() => {
    clock = new ManualClock()
    dataKey = DataKey.generate()
    sent = []
    tokens = 0
  })

  function rootKey(answers: Answer[], more: Partial<KeyProtectOptions> = {}): KeyProtectRootKey {
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const isToken = url.endsWith('/identity/token')
      sent.push(isToken ? 'token' : 'call')
      const signal = init.signal as AbortSignal
      if (isToken && more.iamUrl === undefined) {
        const access_token = `t${++tokens}`
        return reply(200, {}, { access_token, expires_in: 3600 })(signal)
      }
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      return (answer as Answer)(signal)
    }
    const options = { url: 'https://kms.example', instance: INSTANCE, apiKey: 'k', fetch, ...more }
    return makeClient(options, clock).key(CRN)
  }

  function waits(): number[] {
    return clock.waits.filter((wait) => wait !== 10_000)
  }

  it('waits longer each time, at random', async () => {
    await rejectsCode(clock.drive(rootKey([reply(500)]).wrap(dataKey)), 'ERR_KMS_UNAVAILABLE')
    assert.deepEqual(waits(), [100, 200])
    clock.waits.length = 0
    clock.chance = 1
    await rejectsCode(clock.drive(rootKey([reply(500)]).wrap(dataKey)), 'ERR_KMS_UNAVAILABLE')
    assert.deepEqual(waits(), [200, 400])
    assert.equal(clock.pending, 0)
  })

  it('honours Retry-After in seconds and as a date', async () => {
    for (const form of ['seconds', 'date']) {
      clock.waits.length = 0
      const header = form === 'date' ? new Date(clock.now() + 3_000).toUTCString() : '3'
      const answers = [reply(429, { 'retry-after': header }), wrapped]
      await clock.drive(rootKey(answers).wrap(dataKey))
      assert.equal(waits().length, 1)
      // A date has no fractions of a second.
      assert.ok((waits()[0] ?? 0) > 2_000 && (waits()[0] ?? 0) <= 3_100, String(waits()))
    }
  })

  it('does not wait for ever: a Retry-After past the deadline is passed on', async () => {
    const answers = [reply(429, { 'retry-after': '315360000' })]
    const call = rejectsCode(rootKey(answers).wrap(dataKey), 'ERR_KMS_THROTTLED')
    const error = (await clock.drive(call)) as KmsError
    assert.equal(error.retryAfter_ms, 315_360_000_000)
    assert.equal(error.attempts, 1)
  })

  it('takes a Retry-After that makes no sense for none', async () => {
    for (const header of ['-5', 'soon', '1e9', '']) {
      clock.waits.length = 0
      const answers = [reply(503, { 'retry-after': header }), wrapped]
      await clock.drive(rootKey(answers).wrap(dataKey))
      assert.deepEqual(waits(), [100])
    }
  })

  it('gives up on a reply after `timeout_ms`, and on all after `deadline_ms`', async () => {
    for (const answer of [hang, deaf]) {
      const begun = clock.now()
      const call = rootKey([answer], { timeout_ms: 4_000 }).wrap(dataKey)
      const error = (await clock.drive(rejectsCode(call, 'ERR_KMS_TIMEOUT'))) as KmsError
      assert.equal(error.attempts, 3)
      assert.equal(clock.now() - begun, 12_300)
    }
    for (const answer of [hang, deaf]) {
      const begun = clock.now()
      const bounds = { timeout_ms: 4_000, deadline_ms: 6_000 }
      const call = rootKey([answer], bounds).wrap(dataKey)
      await clock.drive(rejectsCode(call, 'ERR_KMS_TIMEOUT'))
      assert.equal(clock.now() - begun, 6_000)
    }
    assert.equal(clock.pending, 0)
  })

  it('gives up on a token that does not come', async () => {
    const bounds = { timeout_ms: 4_000, deadline_ms: 6_000, iamUrl: 'https://iam.example' }
    const begun = clock.now()
    await clock.drive(rejectsCode(rootKey([hang], bounds).wrap(dataKey), 'ERR_KMS_TIMEOUT'))
    assert.ok(clock.now() - begun <= 6_600)
    assert.equal(clock.pending, 0)
  })

  it('ends at once when it is aborted: waiting for a reply, for a retry, for a token', async () => {
    const reason = new Error('enough')
    const cases: readonly (readonly [Answer, Partial<KeyProtectOptions>])[] = [
      [hang, {}],
      [deaf, {}],
      [reply(429, { 'retry-after': '5' }), {}],
      [hang, { iamUrl: 'https://iam.example' }],
    ]
    for (const [answer, more] of cases) {
      const controller = new AbortController()
      const call = rootKey([answer], more).wrap(dataKey, { signal: controller.signal })
      const failed = assert.rejects(call, reason)
      await settle()
      controller.abort(reason)
      await failed
      await settle()
      assert.equal(clock.pending, 0)
    }
  })

  it('does nothing when it is aborted before', async () => {
    const reason = new Error('enough')
    const call = rootKey([wrapped]).wrap(dataKey, { signal: AbortSignal.abort(reason) })
    await assert.rejects(call, reason)
    assert.deepEqual(sent, [])
  })

  it('keeps the token for others when one of its callers gives up', async () => {
    const controller = new AbortController()
    const key = rootKey([wrapped])
    const aborted = assert.rejects(key.wrap(dataKey, { signal: controller.signal }))
    const other = key.wrap(dataKey)
    controller.abort()
    await aborted
    await other
    assert.equal(tokens, 1)
  })

  it('renews a token after 80 % of its life, while the old one still serves', async () => {
    const key = rootKey([wrapped])
    await key.wrap(dataKey)
    await clock.advance(2_879_000)
    await key.wrap(dataKey)
    assert.equal(tokens, 1)
    await clock.advance(2_000)
    await key.wrap(dataKey)
    await settle()
    assert.equal(tokens, 2)
    await key.wrap(dataKey)
    assert.equal(tokens, 2)
    await clock.advance(3_600_000)
    await key.wrap(dataKey)
    assert.equal(tokens, 3)
  })

  it('uses a token to its end when it cannot be renewed, and says so afterwards', async () => {
    let down = false
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const signal = init.signal as AbortSignal
      if (!url.endsWith('/identity/token')) return wrapped(signal)
      tokens += 1
      const token = { access_token: 't', expires_in: 3600 }
      return down ? reply(503)(signal) : reply(200, {}, token)(signal)
    }
    const options = { url: 'https://kms.example', instance: INSTANCE, apiKey: 'k', fetch }
    const key = makeClient(options, clock).key(CRN)
    await key.wrap(dataKey)
    down = true
    await clock.advance(3_000_000)
    for (let calls = 0; calls < 20; calls++) await key.wrap(dataKey)
    await settle()
    assert.equal(tokens, 2, 'one attempt to renew it, not one for each call')
    await clock.advance(1_000_000)
    const failed = rejectsCode(clock.drive(key.wrap(dataKey)), 'ERR_KMS_UNAVAILABLE')
    await failed
    down = false
    await clock.drive(key.wrap(dataKey))
  })

  it('fetches one token for fifty callers when it has run out', async () => {
    const key = rootKey([wrapped])
    await key.wrap(dataKey)
    await clock.advance(3_600_000)
    await Promise.all(Array.from({ length: 50 }, () => key.wrap(dataKey)))
    assert.equal(tokens, 2)
  })

  it('bears a clock that jumps an hour either way', async () => {
    for (const jump of [3_600_000, -3_600_000]) {
      const key = rootKey([wrapped, reply(401), wrapped])
      await key.wrap(dataKey)
      await clock.advance(jump)
      await key.wrap(dataKey)
      assert.ok(tokens >= 1)
    }
  })

  it('stops repeating calls of a service that only fails', async () => {
    const key = rootKey([reply(500)])
    for (let calls = 0; calls < 20; calls++) {
      await clock.drive(rejectsCode(key.wrap(dataKey), 'ERR_KMS_UNAVAILABLE'))
    }
    const calls = sent.filter((what) => what === 'call').length
    assert.equal(calls, 30)
  })
})
