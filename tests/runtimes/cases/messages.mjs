// Under a root key that the program holds: no service is asked.
import { check, fails, local, random, same, text, whole } from './checks.mjs'

export const messages = {
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
