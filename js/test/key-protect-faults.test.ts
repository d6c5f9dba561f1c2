import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { inspect as show } from 'node:util'
import { gzipSync } from 'node:zlib'
import { DataKey, Envelope, KmsError, type Slot } from 'tsutsumi'
import type { KeyProtect } from 'tsutsumi/key-protect'
import { makeClient } from '../dist/key-protect/client.js'
import { rejectsCode } from './support/failure.js'
import {
  API_KEY,
  FakeService,
  type Fault,
  INSTANCE,
  json,
  type Operation,
  refusal,
} from './support/fake-service.js'
import { FaultClock } from './support/fault-clock.js'

/** What a fault comes to: a code, and whether trying again gets past it. */
interface Case {
  readonly name: string
  readonly fault: Fault
  readonly code: string
  readonly passes: boolean
}

const page: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end('<!doctype html><title>Sign in</title>')
}
const nothing: Fault = (_request, response) => {
  response.writeHead(200)
  response.end()
}
const hang: Fault = () => clock.expire()
const drop: Fault = (request) => request.socket.destroy()
const dropInside: Fault = (request, response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{"plaintext":')
  setImmediate(() => request.socket.destroy())
}
const stall: Fault = (_request, response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{"plaintext":', () => clock.expire())
}
const flood: Fault = (_request, response) => {
  response.writeHead(200)
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536))) {
      // Until the socket is full.
    }
  }
  response.on('drain', more)
  more()
}
const bomb: Fault = (_request, response) => {
  response.writeHead(200, { 'content-encoding': 'gzip' })
  response.end(gzipSync(Buffer.alloc(100 << 20)))
}
const garbage: Fault = (request) => request.socket.end('no HTTP at all\r\n\r\n')

function redirect(to: string): Fault {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(307, { location: to })
    response.end()
  }
}

function keyOf(length: number): Fault {
  return json(200, { plaintext: Buffer.alloc(length, 1).toString('base64') })
}

const key32 = Buffer.alloc(32, 0xff).toString('base64')

const CASES: readonly Case[] = [
  { name: 'the connection is dropped', fault: drop, code: 'ERR_KMS_UNAVAILABLE', passes: true },
  { name: 'the reply is cut', fault: dropInside, code: 'ERR_KMS_UNAVAILABLE', passes: true },
  { name: 'no HTTP', fault: garbage, code: 'ERR_KMS_UNAVAILABLE', passes: true },
  { name: 'no reply', fault: hang, code: 'ERR_KMS_TIMEOUT', passes: true },
  { name: 'the reply stalls', fault: stall, code: 'ERR_KMS_TIMEOUT', passes: true },
  { name: 'an endless reply', fault: flood, code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: 'a gzip bomb', fault: bomb, code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: 'an HTML page', fault: page, code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: 'an empty 200', fault: nothing, code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: 'JSON of no use', fault: json(200, {}), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: 'JSON null', fault: json(200, null), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: 'a redirect', fault: redirect('/x'), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: '400', fault: refusal(400, 'BAD_BODY_ERR'), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: '403', fault: refusal(403, 'NO'), code: 'ERR_KMS_DENIED', passes: false },
  { name: '408', fault: refusal(408, 'SLOW'), code: 'ERR_KMS_TIMEOUT', passes: true },
  { name: '412', fault: refusal(412, 'NO'), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: '429', fault: refusal(429, 'BUSY'), code: 'ERR_KMS_THROTTLED', passes: true },
  { name: '500', fault: refusal(500, 'X'), code: 'ERR_KMS_UNAVAILABLE', passes: true },
  { name: '501', fault: refusal(501, 'X'), code: 'ERR_KMS_UNAVAILABLE', passes: false },
  { name: '502', fault: refusal(502, 'X'), code: 'ERR_KMS_UNAVAILABLE', passes: true },
  { name: '503', fault: refusal(503, 'X'), code: 'ERR_KMS_UNAVAILABLE', passes: true },
  { name: '504', fault: refusal(504, 'X'), code: 'ERR_KMS_UNAVAILABLE', passes: true },
]

const KEY_CASES: readonly Case[] = [
  { name: '401', fault: refusal(401, 'NO'), code: 'ERR_KMS_DENIED', passes: true },
  {
    name: '404',
    fault: refusal(404, 'KEY_NOT_FOUND_ERR'),
    code: 'ERR_KMS_KEY_MISSING',
    passes: false,
  },
  {
    name: '409',
    fault: refusal(409, 'KEY_ACTION_INVALID_STATE_ERR'),
    code: 'ERR_KMS_KEY_STATE',
    passes: false,
  },
  { name: '410', fault: refusal(410, 'KEY_DELETED_ERR'), code: 'ERR_KMS_KEY_STATE', passes: false },
  {
    name: 'a standard key',
    fault: refusal(400, 'KEY_ROOT_REQ_ERR'),
    code: 'ERR_KMS_KEY_STATE',
    passes: false,
  },
]

const UNWRAP_CASES: readonly Case[] = [
  { name: 'no bytes', fault: keyOf(0), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: '16 bytes', fault: keyOf(16), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: '31 bytes', fault: keyOf(31), code: 'ERR_KMS_PROTOCOL', passes: false },
  { name: '33 bytes', fault: keyOf(33), code: 'ERR_KMS_PROTOCOL', passes: false },
  {
    name: 'base64 that is none',
    fault: json(200, { plaintext: '*'.repeat(44) }),
    code: 'ERR_KMS_PROTOCOL',
    passes: false,
  },
  {
    name: 'base64 that is not canonical',
    fault: json(200, { plaintext: key32.replace(/8=$/, '9=') }),
    code: 'ERR_KMS_PROTOCOL',
    passes: false,
  },
  {
    name: 'a number for a key',
    fault: json(200, { plaintext: 1 }),
    code: 'ERR_KMS_PROTOCOL',
    passes: false,
  },
  {
    name: 'a refused field',
    fault: refusal(400, 'INVALID_FIELD_ERR'),
    code: 'ERR_OPEN_FAILED',
    passes: false,
  },
  {
    name: '422',
    fault: refusal(422, 'UNPROCESSABLE_CIPHERTEXT_ERR'),
    code: 'ERR_OPEN_FAILED',
    passes: false,
  },
]

const clock = new FaultClock()
const service = new FakeService()

function client(): KeyProtect {
  return makeClient({ url: service.url, instance: INSTANCE, apiKey: API_KEY }, clock)
}

describe('faults of a key service', () => {
  let slot: Slot

  before(async () => {
    await service.start()
    using dataKey = DataKey.generate()
    slot = await client().key(service.crn).wrap(dataKey)
  })
  after(() => service.stop())
  beforeEach(() => service.reset())

  const run: Record<Exclude<Operation, 'other'>, (kms: KeyProtect) => Promise<unknown>> = {
    token: (kms) => kms.key(service.crn).unwrap(slot),
    metadata: (kms) => kms.key('an-alias').unwrap(slot),
    wrap: (kms) => kms.key(service.crn).wrap(DataKey.generate()),
    unwrap: (kms) => kms.key(service.crn).unwrap(slot),
  }

  function check(operation: keyof typeof run, { name, fault, code, passes }: Case): void {
    it(`${operation}: ${name}, once`, async () => {
      service.faults.set(operation, [fault])
      const call = run[operation](client())
      if (passes) await call
      else await checkError(await rejectsCode(call, code), 1)
    })
    it(`${operation}: ${name}, for ever`, async () => {
      service.lasting.set(operation, fault)
      const attempts = passes ? (name === '401' ? 2 : 3) : 1
      const error = await rejectsCode(run[operation](client()), code)
      await checkError(error, attempts)
      assert.equal(service.count(operation), attempts)
    })
    if (!passes || name === '401') return
    it(`${operation}: ${name}, twice`, async () => {
      service.faults.set(operation, [fault, fault])
      await run[operation](client())
    })
  }

  function checkError(error: unknown, attempts: number): void {
    const text = show(error, { depth: 10 })
    assert.doesNotMatch(text, /canary-(api-key|token)/)
    if (!(error instanceof KmsError)) return
    assert.equal(error.attempts, attempts)
    const transient = /UNAVAILABLE|TIMEOUT|THROTTLED/.test(error.code)
    assert.equal(error.retryable, transient)
  }

  for (const operation of ['token', 'metadata', 'wrap', 'unwrap'] as const) {
    for (const one of CASES) {
      const denied = operation === 'token' && one.name === '400'
      check(operation, denied ? { ...one, code: 'ERR_KMS_DENIED' } : one)
    }
  }
  for (const operation of ['metadata', 'wrap', 'unwrap'] as const) {
    for (const one of KEY_CASES) check(operation, one)
  }
  for (const one of UNWRAP_CASES) check('unwrap', one)

  it('a redirect to another host carries the token nowhere', async () => {
    const other = new FakeService()
    await other.start()
    try {
      for (const operation of ['token', 'metadata', 'wrap', 'unwrap'] as const) {
        service.faults.set(operation, [redirect(`${other.url}/api/v2/keys/x/actions/unwrap`)])
        await rejectsCode(run[operation](client()), 'ERR_KMS_PROTOCOL')
      }
      assert.deepEqual(other.seen, [])
    } finally {
      await other.stop()
    }
  })

  it('unusual replies that are right are taken', async () => {
    const plaintext = key32
    const replies: readonly Fault[] = [
      json(200, {
        plaintext,
        keyVersion: { id: 'old' },
        rewrappedKeyVersion: { id: 'new' },
        ciphertext: 'YQ==',
      }),
      json(200, { plaintext, unknown: [{ deep: { deeper: null } }] }),
      json(200, { plaintext }, { 'content-type': 'text/plain' }),
      (_request, response) => response.end(`\n {"plaintext" : "${plaintext}" }\n`),
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' })
        response.end(gzipSync(JSON.stringify({ plaintext })))
      },
    ]
    for (const fault of replies) {
      service.faults.set('unwrap', [fault])
      ;(await client().key(service.crn).unwrap(slot)).dispose()
    }
  })

  it('a host that does not exist, and a port where nobody listens', async () => {
    for (const url of ['https://no-such-host.invalid', 'http://127.0.0.1:1']) {
      const kms = makeClient({ url, instance: INSTANCE, token: 'canary-token' }, clock)
      const error = await rejectsCode(kms.key(service.crn).unwrap(slot), 'ERR_KMS_UNAVAILABLE')
      checkError(error, 3)
    }
  })

  it('the key of another message opens nothing, and says so in one way', async () => {
    service.faults.set('unwrap', [json(200, { plaintext: key32 })])
    const envelope = new Envelope({ rootKey: client().key(service.crn) })
    const message = await envelope.encrypt(new Uint8Array(10))
    const error = await rejectsCode(envelope.decrypt(message), 'ERR_OPEN_FAILED')
    assert.equal(error.hint, undefined)
    assert.equal(error.cause, undefined)
  })
})
