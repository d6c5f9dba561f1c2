// One suite for every runtime: cases by name, run against one copy of the package and one service.
//
// Nothing here knows the runtime. `lib` has what the entries export; `service` is what `keyProtect`
// takes: the embedded service, or the address of a native one.

const text = new TextEncoder().encode('order 17: 3 boxes')

function check(condition, what) {
  if (!condition) throw new Error(what)
}

function same(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

async function fails(work, code) {
  const error = await work.then(
    () => undefined,
    (thrown) => thrown,
  )
  check(error?.code === code, `${error?.code ?? error} instead of ${code}`)
  return error
}

function random(length) {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  }
  return bytes
}

// Not by `new Response(stream)`: in browsers that replaces the error of a stream by one of its own.
async function whole(stream) {
  const reader = stream.getReader()
  const chunks = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer())
    chunks.push(value)
  }
}

function local({ wrappingKey }) {
  return wrappingKey(random(32), { namespace: 'suite', name: 'key' })
}

// Under a root key that the program holds: no service is asked.
const alone = {
  async 'a data key is made, wrapped, unwrapped and disposed of'({ DataKey, ...lib }) {
    const rootKey = local(lib)
    const dataKey = DataKey.generate()
    const slot = await rootKey.wrap(dataKey, { context: { a: '1' } })
    const opened = await rootKey.unwrap(slot, { context: { a: '1' } })
    opened.dispose()
    opened.dispose()
    dataKey[Symbol.dispose ?? 'dispose']()
    await fails(rootKey.unwrap(slot), 'ERR_OPEN_FAILED')
    await fails(rootKey.wrap(dataKey), 'ERR_STATE')
    rootKey.dispose()
    await fails(rootKey.unwrap(slot), 'ERR_STATE')
  },
  async 'messages of every length are opened as they were sealed'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    for (const length of [0, 1, 65_535, 65_536, 65_537, 300_000]) {
      const plaintext = random(length)
      const opened = await envelope.decrypt(await envelope.encrypt(plaintext))
      check(same(opened.plaintext, plaintext), `${length} bytes differ`)
    }
  },
  async 'the context has to be the same, in any script'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const context = { tenant: 'acme', ключ: '包み' }
    const message = await envelope.encrypt(text, { context })
    const opened = await envelope.decrypt(message, { context })
    check(same(opened.plaintext, text) && opened.context.ключ === '包み', 'something else came out')
    await fails(envelope.decrypt(message), 'ERR_POLICY_CONTEXT')
    await fails(envelope.decrypt(message, { context: { tenant: 'x' } }), 'ERR_POLICY_CONTEXT')
  },
  async 'a stream is opened as it was sealed'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const plaintext = random(1_000_000)
    const sealed = new Response(plaintext).body.pipeThrough(envelope.encryptStream())
    check(same(await whole(sealed.pipeThrough(envelope.decryptStream())), plaintext), 'they differ')
  },
  async 'a stream and a whole message are of one format'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const message = await whole(new Response(text).body.pipeThrough(envelope.encryptStream()))
    check(same((await envelope.decrypt(message)).plaintext, text), 'the bytes differ')
  },
  async 'a stream that is cut fails at its end'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const message = await envelope.encrypt(random(200_000))
    const cut = new Response(message.subarray(0, -1)).body
    await fails(whole(cut.pipeThrough(envelope.decryptStream())), 'ERR_FORMAT_TRUNCATED')
  },
  async 'an abort ends a stream with its reason'({ Envelope, ...lib }) {
    const controller = new AbortController()
    const envelope = new Envelope({ rootKey: local(lib) })
    const { readable, writable } = envelope.encryptStream({ signal: controller.signal })
    const write = writable.getWriter().write(random(1_000_000))
    const reader = readable.getReader()
    await reader.read()
    const reason = new Error('enough')
    controller.abort(reason)
    for (const { status, reason: seen } of await Promise.allSettled([write, reader.read()])) {
      check(status === 'rejected' && seen === reason, 'a side did not end with the reason')
    }
  },
  async 'a signal that is aborted already keeps a call from starting'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const signal = AbortSignal.abort(Object.assign(new Error('enough'), { code: 'MINE' }))
    await fails(envelope.encrypt(text, { signal }), 'MINE')
  },
  async 'a flipped bit anywhere is refused'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const message = await envelope.encrypt(text)
    for (let at = 0; at < message.length; at++) {
      const flipped = message.slice()
      flipped[at] ^= 0x10
      const refused = await envelope.decrypt(flipped).then(
        () => false,
        (error) => lib.isTsutsumiError(error),
      )
      check(refused, `byte ${at}`)
    }
  },
  async 'another key is refused'({ Envelope, ...lib }) {
    const message = await new Envelope({ rootKey: local(lib) }).encrypt(text)
    const other = new Envelope({ rootKey: local(lib) })
    const error = await fails(other.decrypt(message), 'ERR_OPEN_FAILED')
    check(error instanceof lib.OpenError && error.retryable === false, 'another class')
  },
  async 'wrong types and unknown options are refused'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    for (const input of ['AgR4', null, [1], new Uint16Array(1), undefined]) {
      await fails(envelope.encrypt(input), 'ERR_ARGUMENT')
      await fails(envelope.decrypt(input), 'ERR_ARGUMENT')
    }
    await fails(envelope.encrypt(text, { contexts: {} }), 'ERR_ARGUMENT')
  },
  async 'a header is readable without a key'({ Envelope, inspect, ...lib }) {
    const message = await new Envelope({ rootKey: local(lib) }).encrypt(text)
    const { suite, slots } = inspect(message)
    check(suite === 0x0478 && slots[0].provider === 'suite', 'another header')
  },
  async 'a root key that returns nonsense does no lasting harm'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const faulty = { provider: 'x', id: 'x', wrap: () => ({}), unwrap: () => ({}) }
    await fails(new Envelope({ rootKey: faulty }).encrypt(text), 'ERR_ARGUMENT')
    check(same((await envelope.decrypt(await envelope.encrypt(text))).plaintext, text), 'differs')
  },
}

// With a key service.
const served = {
  async 'a root key of the service does the whole job'({ Envelope, keyProtect }, service) {
    const kms = keyProtect(service)
    const rootKey = await kms.createRootKey({ name: 'orders' })
    const envelope = new Envelope({ rootKey: kms.key(rootKey.id) })
    const message = await envelope.encrypt(text, { context: { tenant: 'acme' } })
    const opened = await envelope.decrypt(message, { context: { tenant: 'acme' } })
    check(same(opened.plaintext, text), 'the bytes differ')
    await fails(envelope.decrypt(message, { context: { tenant: 'x' } }), 'ERR_POLICY_CONTEXT')
  },
  async 'a stream is sealed and opened under a root key of the service'(lib, service) {
    const rootKey = await lib.keyProtect(service).createRootKey({ name: 'stream' })
    const envelope = new lib.Envelope({ rootKey })
    const plaintext = random(200_000)
    const sealed = new Response(plaintext).body.pipeThrough(envelope.encryptStream())
    check(same(await whole(sealed.pipeThrough(envelope.decryptStream())), plaintext), 'they differ')
  },
  async 'a disabled key opens nothing'({ Envelope, keyProtect, KmsError }, service) {
    const rootKey = await keyProtect(service).createRootKey({ name: 'disabled' })
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(text)
    await rootKey.disable()
    const error = await fails(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    check(error instanceof KmsError && error.retryable === false, 'another error')
  },
  async 'a key that is not there has an error of its own'({ keyProtect }, service) {
    const missing = keyProtect(service).key('00000000-0000-4000-8000-000000000000')
    await fails(missing.describe(), 'ERR_KMS_KEY_MISSING')
  },
  async 'a slot of another root key is never sent'({ Envelope, keyProtect }, service) {
    const kms = keyProtect(service)
    const one = await kms.createRootKey({ name: 'one' })
    const two = await kms.createRootKey({ name: 'two' })
    const message = await new Envelope({ rootKey: one }).encrypt(text)
    await fails(new Envelope({ rootKey: two }).decrypt(message), 'ERR_POLICY_KEY')
  },
}

async function results(cases, prefix, lib, service) {
  const all = []
  for (const [name, run] of Object.entries(cases)) {
    const failure = await run(lib, service).then(
      () => undefined,
      (error) => String(error?.stack ?? error),
    )
    all.push(failure === undefined ? { name: prefix + name } : { name: prefix + name, failure })
  }
  return all
}

/**
 * Runs all cases: alone, with the embedded service, and with a native one where there is one.
 *
 * @param lib - All that the entries export, in one object.
 * @param native - `url`, `instance` and `apiKey` of a native service, if the runtime reaches one.
 * @returns One `{ name, failure? }` for each case.
 */
export async function conformance(lib, native) {
  const all = await results(alone, '', lib)
  all.push(...(await results(served, 'embedded: ', lib, await lib.embeddedKeyProtect())))
  if (native) all.push(...(await results(served, 'native: ', lib, native)))
  return all
}
