// What is done with objects, and with keys that go to the platform's AES.
//
// Scenarios as in scenarios.mjs: data keys and plaintext are secret, objects and messages are not.
import { createCipheriv, createSecretKey } from 'node:crypto'

import { begin, fails, flipped } from './scenarios.mjs'

const PIECE_LEN = 65_536
const HEADER_LEN = 56
const CHUNK_LEN = 16_384
const NONCE_LEN = 12
const KEY_LEN = 32

function pieces(bytes, keep = Number.POSITIVE_INFINITY) {
  const count = Math.min(keep, Math.ceil(bytes.length / PIECE_LEN))
  const piece = (_, i) => bytes.subarray(i * PIECE_LEN, (i + 1) * PIECE_LEN)
  return Array.from({ length: count }, piece)
}

// Sealer and header of an object; the data key is freed at once, as the package does.
function sealer(core, secrets) {
  const [data, context] = [core.dataKey(secrets.data), core.context()]
  const work = core.core.objectSealerNew(data, context)
  const header = core.receive()
  core.free(data, context)
  return { work, header }
}

function push(core, step, work, piece) {
  const out = core.receive(core.core[step](work, core.send(piece)))
  core.wipe()
  return out
}

function seal(core, secrets) {
  const { work, header } = sealer(core, secrets)
  const body = pieces(secrets.plaintext).map((piece) => push(core, 'objectSealerPush', work, piece))
  body.push(core.receive(core.core.objectSealerFinish(work)))
  core.wipe()
  return new Uint8Array(Buffer.concat([header, ...body]))
}

function opener(core, secret, object) {
  const [data, context] = [core.dataKey(secret), core.context()]
  try {
    const length = core.send(object.subarray(0, HEADER_LEN))
    return core.core.objectOpenerNew(data, context, length)
  } finally {
    core.free(data, context)
  }
}

function open(core, secrets, object) {
  const work = opener(core, secrets.data, object)
  const body = object.subarray(HEADER_LEN)
  const parts = pieces(body).map((piece) => push(core, 'objectOpenerPush', work, piece))
  parts.push(core.receive(core.core.objectOpenerFinish(work)))
  core.wipe()
  return Buffer.concat(parts)
}

// What the package does with what was lifted: the platform takes the key, and JavaScript the rest.
function lifted(core, length) {
  const bytes = core.receive(length)
  core.wipe()
  return { key: createSecretKey(bytes.subarray(0, KEY_LEN)), rest: bytes.subarray(KEY_LEN) }
}

function sealedOutside(key, nonce, aad, plaintext) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** Scenarios with objects. */
export const OBJECTS = {
  'an object sealed, and opened'(core, secrets) {
    const object = seal(core, secrets)
    if (!open(core, secrets, object).equals(secrets.plaintext)) throw new Error('opened wrongly')
    return [object]
  },

  'an object, given up'(core, secrets) {
    const { work, header } = sealer(core, secrets)
    const parts = pieces(secrets.plaintext.subarray(0, 3 * PIECE_LEN - 99), 3)
    const body = parts.map((piece) => push(core, 'objectSealerPush', work, piece))
    core.free(work)
    core.wipe()
    return [header, ...body]
  },

  'an object, altered'(core, secrets) {
    const object = seal(core, secrets)
    const altered = flipped(object, object.length - 1)
    fails(() => open(core, secrets, altered))
    core.wipe()
    fails(() => opener(core, secrets.other, object))
    core.wipe()
    return [object, altered]
  },

  'ranges of an object'(core, secrets) {
    const object = seal(core, secrets)
    const [data, context] = [core.dataKey(secrets.data), core.context()]
    const length = core.send(object.subarray(0, HEADER_LEN))
    const ranges = core.core.objectRangesNew(data, context, length, object.length)
    core.free(data, context)
    const end = Math.min(secrets.plaintext.length, 2 * CHUNK_LEN + 7)
    const plan = Buffer.from(core.receive(core.core.objectRangesPlan(ranges, 0, end)))
    const fetched = object.subarray(
      Number(plan.readBigUInt64BE(0)),
      Number(plan.readBigUInt64BE(8)),
    )
    core.receive(core.core.objectRangesOpen(ranges, 0, end, core.send(fetched)))
    core.wipe()
    const altered = flipped(fetched, 3)
    fails(() => core.core.objectRangesOpen(ranges, 0, end, core.send(altered)))
    core.wipe()
    lifted(core, core.core.objectLift(ranges))
    core.free(ranges)
    core.wipe()
    return [object, altered]
  },

  "an object by the platform's AES"(core, secrets) {
    const { work, header } = sealer(core, secrets)
    const held = push(core, 'objectSealerPush', work, secrets.plaintext.subarray(0, 500))
    const { key, rest } = lifted(core, core.core.objectLift(work))
    const [nonce, none] = [rest.subarray(0, NONCE_LEN), Buffer.alloc(0)]
    const chunk = secrets.plaintext.subarray(0, CHUNK_LEN)
    const outside = chunk.length < CHUNK_LEN ? none : sealedOutside(key, nonce, none, chunk)
    if (outside.length > 0) core.core.objectSkip(work, 1)
    const left = outside.length > 0 ? secrets.plaintext.subarray(CHUNK_LEN, CHUNK_LEN + 99) : chunk
    const more = push(core, 'objectSealerPush', work, left)
    const last = core.receive(core.core.objectSealerFinish(work))
    core.wipe()
    const object = new Uint8Array(Buffer.concat([header, held, outside, more, last]))
    const reader = opener(core, secrets.data, object)
    push(core, 'objectOpenerPush', reader, object.subarray(HEADER_LEN, HEADER_LEN + 700))
    lifted(core, core.core.objectLift(reader))
    core.free(reader)
    core.wipe()
    return [object]
  },
}

/** Scenarios with messages whose frames the platform seals, or opens. */
export const LIFTED = {
  "a message by the platform's AES, sealed"(core, secrets) {
    const { data, context, slot, end } = begin(core, secrets)
    const work = core.core.sealerNew(data, context, 0, core.send(slot), 0)
    const header = core.receive()
    end()
    const held = push(core, 'sealerPush', work, secrets.plaintext.subarray(0, 500))
    lifted(core, core.core.messageLift(work, 0, 0))
    core.core.messageLift(work, 3, 0)
    core.wipe()
    const more = push(core, 'sealerPush', work, secrets.plaintext.subarray(0, PIECE_LEN))
    const last = core.receive(core.core.sealerFinish(work))
    core.wipe()
    return [header, held, more, last]
  },

  "a message by the platform's AES, opened"(core, secrets, made) {
    const header = core.header(made.message)
    const data = core.dataKey(secrets.data)
    const work = core.core.openerNew(header, data, 0)
    const body = made.message.subarray(core.core.headerLength(header))
    core.free(header, data)
    push(core, 'openerPush', work, body.subarray(0, 30))
    lifted(core, core.core.messageLift(work, 0, 0))
    core.core.messageLift(work, 0, body.length)
    core.wipe()
    core.core.openerFinish(work)
    core.wipe()
    return []
  },
}
