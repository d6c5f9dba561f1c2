// What is done in an instance before its memory is looked at: everything that handles a secret.
//
// Every scenario gets secrets (a wrapping key, a data key, a plaintext) and what was made of them
// elsewhere (a slot, a message), frees and wipes what it used, and returns what it put out that is
// public. Secrets differ between the two images; names, contexts, lengths and nonces do not.
import { Instance } from './instance.mjs'

const reply = (dataKey) =>
  Buffer.from(
    JSON.stringify({
      plaintext: Buffer.from(dataKey).toString('base64'),
      keyVersion: { id: '02fd6835-6001-4482-a892-13bd2085f75d' },
    }),
  )

/** Runs what the core has to refuse. */
export function fails(work) {
  try {
    work()
  } catch (thrown) {
    if (typeof thrown === 'number') return
    throw thrown
  }
  throw new Error('did not fail')
}

/** A copy with a bit of one byte flipped. */
export function flipped(bytes, at) {
  const copy = bytes.slice()
  copy[at] ^= 1
  return copy
}

/** Wraps, seals; leaves the keys to the caller. */
export function begin(core, secrets, context = core.context()) {
  const keys = {
    wrapping: core.wrappingKey(secrets.wrapping),
    data: core.dataKey(secrets.data),
    context,
  }
  const slot = core.wrap(keys.wrapping, keys.data, keys.context)
  return { ...keys, slot, end: () => core.free(keys.wrapping, keys.data, keys.context) }
}

function unwrapped(core, secrets, made) {
  const wrapping = core.wrappingKey(secrets.wrapping)
  const context = core.context()
  const header = core.header(made.message)
  const data = core.unwrap(wrapping, core.slot(header), context)
  return { header, data, end: () => core.free(wrapping, context, header, data) }
}

/** What the scenarios of opening start from: a slot and a message, made in another instance. */
export async function make(secrets) {
  const core = await Instance.start()
  const { data, context, slot } = begin(core, secrets)
  return { slot, message: core.seal(data, context, slot, secrets.plaintext) }
}

/** Scenarios in which no plaintext takes part: one length is enough. */
export const KEYS = {
  'a wrapping key, freed'(core, secrets) {
    core.free(core.wrappingKey(secrets.wrapping))
    return []
  },

  'a wrapping key of a wrong length'(core, secrets) {
    const length = core.send(secrets.wrapping, secrets.data.subarray(0, 1), 'acme', 'laptop')
    // Careless here is whoever does not let the core see, and wipe, what was sent.
    if (!core.careless) fails(() => core.core.wrappingKeyNew(33, 4, length - 37))
    return []
  },

  'a data key, freed'(core, secrets) {
    core.free(core.dataKey(secrets.data))
    return []
  },

  wrap(core, secrets) {
    const { slot, end } = begin(core, secrets)
    end()
    core.wipe()
    return [slot]
  },

  unwrap(core, secrets, { slot }) {
    const [wrapping, context] = [core.wrappingKey(secrets.wrapping), core.context()]
    core.free(core.unwrap(wrapping, slot, context), wrapping, context)
    core.wipe()
    return []
  },

  'unwrap of an altered slot'(core, secrets, { slot }) {
    const [wrapping, context] = [core.wrappingKey(secrets.wrapping), core.context()]
    const altered = flipped(slot, slot.length - 1)
    fails(() => core.unwrap(wrapping, altered, context))
    core.free(wrapping, context)
    core.wipe()
    return [altered]
  },

  'request to wrap under a root key'(core, secrets) {
    const [data, context] = [core.dataKey(secrets.data), core.context()]
    core.receive(core.core.keyProtectWrapRequest(data, context))
    core.wipe()
    core.free(data, context)
    return []
  },

  'reply with a data key'(core, secrets) {
    const data = core.core.keyProtectReadUnwrapReply(core.send(reply(secrets.data)))
    core.wipe()
    core.free(data)
    return []
  },

  'reply with a data key, cut'(core, secrets) {
    const bytes = reply(secrets.data)
    const length = core.send(bytes.subarray(0, bytes.length - 2))
    if (!core.careless) fails(() => core.core.keyProtectReadUnwrapReply(length))
    return []
  },

  'request to import a root key'(core, secrets) {
    const length = core.send(secrets.wrapping, 'orders')
    core.core.keyProtectImportRequest(secrets.wrapping.length, 6, length - 38)
    core.wipe()
    return []
  },
}

/** Scenarios with a plaintext, which counts as secret. */
export const MESSAGES = {
  seal(core, secrets) {
    const { data, context, slot, end } = begin(core, secrets)
    const message = core.seal(data, context, slot, secrets.plaintext)
    end()
    core.wipe()
    return [message]
  },

  'seal, given up'(core, secrets) {
    const { data, context, slot, end } = begin(core, secrets)
    const start = core.seal(data, context, slot, secrets.plaintext, 2)
    end()
    core.wipe()
    return [start]
  },

  open(core, secrets, made) {
    const { header, data, end } = unwrapped(core, secrets, made)
    const plaintext = core.open(header, data, made.message)
    end()
    core.wipe()
    if (Buffer.compare(plaintext, secrets.plaintext) !== 0) throw new Error('opened wrongly')
    return []
  },

  'open, given up'(core, secrets, made) {
    const { header, data, end } = unwrapped(core, secrets, made)
    core.open(header, data, made.message, 2)
    end()
    core.wipe()
    return []
  },

  'open, last tag altered'(core, secrets, made) {
    const { header, data, end } = unwrapped(core, secrets, made)
    const message = flipped(made.message, made.message.length - 1)
    fails(() => core.open(header, data, message))
    end()
    core.wipe()
    return [message]
  },

  'open with another data key'(core, secrets, made) {
    const header = core.header(made.message)
    const data = core.dataKey(secrets.other)
    fails(() => core.open(header, data, made.message))
    core.free(header, data)
    core.wipe()
    return []
  },
}
