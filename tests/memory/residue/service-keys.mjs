// What is done with branch keys, with keys in the bodies of key services, and with kept slots.
//
// Scenarios as in scenarios.mjs. What a service wraps is public; the keys are not.
import { fields } from './instance.mjs'
import { begin, fails, flipped } from './scenarios.mjs'

const ROOT_SLOT = fields('ibm-key-protect', 'crn:v1:example', 'wrapped')
const BEFORE = '{"plaintext":"'
const AFTER = '","more":1}'
const PATH = 'data.plaintext'
const CREATED = '2026-01-02T03:04:05Z'
const ENCODINGS = ['base64', 'base64url']

function branchKey(core, secret) {
  const data = core.dataKey(secret)
  const branch = core.core.branchKeyNew(data, core.send(ROOT_SLOT))
  core.free(data)
  return branch
}

function reply(secret, encoding) {
  const text = Buffer.from(secret).toString(ENCODINGS[encoding])
  return Buffer.from(JSON.stringify({ data: { plaintext: text, version: 7 }, other: [text] }))
}

/** Scenarios in which no plaintext takes part. */
export const SERVICE_KEYS = {
  'a branch key, freed'(core, secrets) {
    core.free(branchKey(core, secrets.wrapping))
    core.wipe()
    return []
  },

  'a branch key wraps, and unwraps'(core, secrets) {
    const [branch, context] = [branchKey(core, secrets.wrapping), core.context()]
    const data = core.dataKey(secrets.data)
    const slot = core.receive(core.core.branchKeyWrap(branch, data, context))
    const again = core.core.branchKeyUnwrap(branch, core.send(slot), context)
    const altered = flipped(slot, slot.length - 1)
    fails(() => core.core.branchKeyUnwrap(branch, core.send(altered), context))
    core.free(branch, context, data, again)
    core.wipe()
    return [slot, altered]
  },

  'a request with a data key'(core, secrets) {
    const data = core.dataKey(secrets.data)
    for (const encoding of ENCODINGS.keys()) {
      core.send(BEFORE, AFTER)
      core.receive(core.core.keyRequest(data, BEFORE.length, AFTER.length, encoding))
      core.wipe()
    }
    core.free(data)
    return []
  },

  'a reply of any service with a data key'(core, secrets) {
    for (const encoding of ENCODINGS.keys()) {
      const body = reply(secrets.data, encoding)
      core.send(body, PATH)
      core.free(core.core.keyReply(body.length, PATH.length, encoding))
      core.wipe()
    }
    return []
  },

  'a reply of any service, refused'(core, secrets) {
    const whole = reply(secrets.data, 0)
    const bodies = [
      [whole.subarray(0, -1), PATH],
      [whole, 'data.version'],
      [whole, 'data.missing'],
      [reply(Buffer.concat([secrets.data, secrets.other]), 0), PATH],
    ]
    for (const [body, path] of bodies) {
      core.send(body, path)
      // Careless here is whoever does not let the core see, and wipe, what was sent.
      if (!core.careless) fails(() => core.core.keyReply(body.length, path.length, 0))
    }
    return []
  },

  'a kept slot, and the key that it is of'(core, secrets) {
    const { data, context, slot, end } = begin(core, secrets)
    const length = core.send(slot, 'v1', CREATED)
    const made = core.core.storedSlotNew(data, context, slot.length, 2, length - slot.length - 2)
    const list = Buffer.concat([Buffer.from('['), core.receive(made), Buffer.from(']')])
    core.core.storedSlotVerify(core.send(list), data)
    const other = core.dataKey(secrets.other)
    fails(() => core.core.storedSlotVerify(core.send(list), other))
    const opened = core.receive(core.core.storedSlotOpen(core.send(list), context))
    core.free(other)
    end()
    core.wipe()
    return [slot, list, opened]
  },
}
