// JWE to and from the npm package `jose`, and envelopes to and from Tink for Python.
import assert from 'node:assert/strict'
import { createDecipheriv, randomBytes, randomInt } from 'node:crypto'
import * as jose from 'jose'

import { Peer, Refused } from '../support/peer.mjs'
import { python, root } from './support/setup.mjs'

const { wrappingKey } = await import('../../js/dist/index.js')
const interop = await import('../../js/dist/interop.js')

const CASES = 500

const base64 = (bytes) => Buffer.from(bytes).toString('base64')
const bytesOf = (text) => new Uint8Array(Buffer.from(text, 'base64'))
const pick = (list) => list[randomInt(list.length)]
const randomValue = () =>
  new Uint8Array(randomBytes(pick([0, 1, 15, 16, 17, 100, randomInt(5000)])))

async function joseCase(algorithm, form) {
  const bytes = new Uint8Array(randomBytes(32))
  const key = await interop.sharedKey(bytes)
  try {
    const plaintext = randomValue()
    const ours = await interop.sealJwe(plaintext, { key, algorithm, form, keyId: 'k' })
    const theirs =
      form === 'compact'
        ? await jose.compactDecrypt(ours, bytes)
        : await jose.generalDecrypt(JSON.parse(ours), bytes)
    assert.deepEqual(new Uint8Array(theirs.plaintext), plaintext)
    const sealed = await joseSeal(algorithm, form, bytes, plaintext)
    const opened = await interop.openJwe(sealed, { key, algorithm })
    assert.deepEqual(opened.plaintext, plaintext)
  } finally {
    key.dispose()
  }
}

async function joseSeal(algorithm, form, bytes, plaintext) {
  const header = { alg: algorithm, enc: 'A256GCM' }
  if (form === 'compact') {
    return new jose.CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(bytes)
  }
  const sealer = new jose.GeneralEncrypt(plaintext).setProtectedHeader({ enc: 'A256GCM' })
  sealer.setAdditionalAuthenticatedData(randomBytes(5))
  if (algorithm === 'A256GCMKW') {
    // Two readers, of whom the second is ours.
    const recipient = sealer.addRecipient(randomBytes(32)).setUnprotectedHeader({ alg: algorithm })
    recipient.addRecipient(bytes).setUnprotectedHeader({ alg: algorithm, kid: 'ours' })
  } else {
    sealer.addRecipient(bytes).setUnprotectedHeader({ alg: algorithm })
  }
  return JSON.stringify(await sealer.encrypt())
}

// What a reader without this package does with a slot: unwrap it, and hand the key to jose.
async function joseUnderRootKey() {
  const bytes = new Uint8Array(randomBytes(32))
  const rootKey = wrappingKey(bytes, { namespace: 'interop', name: 'jose' })
  const plaintext = randomValue()
  const text = await interop.sealJwe(plaintext, { rootKey })
  const [slot] = jose.decodeProtectedHeader(text)['tsutsumi.slots']
  const wrapped = Buffer.from(slot.wrapped, 'base64url')
  const nonce = Buffer.from(slot.info, 'base64url').subarray(-12)
  const cipher = createDecipheriv('aes-256-gcm', bytes, nonce)
  cipher.setAuthTag(wrapped.subarray(-16))
  const key = Buffer.concat([cipher.update(wrapped.subarray(0, -16)), cipher.final()])
  const opened = await jose.compactDecrypt(text, new Uint8Array(key))
  assert.deepEqual(new Uint8Array(opened.plaintext), plaintext)
  rootKey.dispose()
}

async function tinkCase(tink, underRootKey) {
  const bytes = new Uint8Array(randomBytes(32))
  const names = { namespace: 'interop', name: 'tink' }
  const choice = underRootKey
    ? { rootKey: wrappingKey(bytes, names) }
    : { key: await interop.sharedKey(bytes) }
  const remote = underRootKey ? { slot: { ...names, key: base64(bytes) } } : { key: base64(bytes) }
  const [plaintext, associatedData] = [randomValue(), randomValue()]
  const ask = async (what, input, data = associatedData) => {
    const request = { do: what, ...remote, bytes: base64(input), data: base64(data) }
    return bytesOf((await tink.ask(request)).bytes)
  }
  const ours = await interop.sealTinkEnvelope(plaintext, { ...choice, associatedData })
  assert.deepEqual(await ask('open', ours), plaintext)
  const theirs = await ask('seal', plaintext)
  assert.deepEqual(await interop.openTinkEnvelope(theirs, { ...choice, associatedData }), plaintext)
  const altered = ours.slice()
  altered[randomInt(4, altered.length - 16)] ^= 1
  await assert.rejects(ask('open', ours, randomBytes(3)), Refused)
  await assert.rejects(interop.openTinkEnvelope(altered, { ...choice, associatedData }))
  for (const key of Object.values(choice)) key.dispose()
}

/** Runs all groups of foreign formats. */
export async function foreign(report) {
  for (const algorithm of ['dir', 'A256GCMKW']) {
    for (const form of ['compact', 'general']) {
      await report.group(`jose ↔ npm package, ${algorithm}, ${form}`, async (check) => {
        for (let at = 0; at < CASES / 4; at++) {
          await check(`case ${at}`, () => joseCase(algorithm, form))
        }
      })
    }
  }
  await report.group('npm package, root key → jose', async (check) => {
    for (let at = 0; at < 50; at++) await check(`case ${at}`, joseUnderRootKey)
  })
  const program = `${root}/tests/interop/python/foreign_peer.py`
  const tink = new Peer('tink', python(), ['-B', program])
  try {
    for (const [name, underRootKey] of [
      ['a key of Tink', false],
      ['a root key', true],
    ]) {
      await report.group(`tink envelope ↔ npm package, ${name}`, async (check) => {
        for (let at = 0; at < CASES / 2; at++) {
          await check(`case ${at}`, () => tinkCase(tink, underRootKey))
        }
      })
    }
  } finally {
    await tink.close()
  }
}
