// What is measured. A row makes, for a length of plaintext, two jobs: `seal` and `open`. A job's
// `run(n)` does the work n times; `prepare(n)`, where there is one, is not timed.
//
// Messages (each run makes or opens a self-contained message under one key at hand):
//   tsutsumi        Envelope with a wrappingKey: data key drawn and wrapped with AES-256-GCM,
//                   HKDF-SHA-512 with a commitment, header and header tag, frames of 64 KiB;
//                   asynchronous API
//   client-node     the official SDK with its raw AES keyring: the same format, suite and frames
//   node by hand    the same steps on node:crypto, with no format, no checks of input and one
//                   frame: what the steps cost at least on this platform
//
// Frames (each run seals or opens bytes under a key that is set up already):
//   tsutsumi        one frame of a stream: bytes into the core, AES-256-GCM with the frame's AAD,
//                   bytes out, both regions wiped; 1 MiB is 16 frames
//   node:crypto     createCipheriv('aes-256-gcm') on a KeyObject, a random nonce for each
//   WebCrypto       subtle.encrypt on a CryptoKey, a random nonce for each, awaited one by one
//   @noble/ciphers  gcm(key, nonce), which expands the key each time: its API has no other way
//
// Only the message rows wrap keys, derive keys and commit: they are compared with each other only.
import nodeCrypto, { webcrypto } from 'node:crypto'
import { createRequire } from 'node:module'

import { gcm } from '@noble/ciphers/aes.js'
import { contextHandle } from '../../js/dist/context.js'
import { DataKey, withDataKey } from '../../js/dist/data-key.js'
import { Envelope, wrappingKey } from '../../js/dist/index.js'
import { headerLength, readHeader } from '../../js/dist/message/open.js'
import { openPiece, sealPiece } from '../../js/dist/message/pieces.js'
import { encodeSlot } from '../../js/dist/root-key.js'
import { core, enter } from '../../js/dist/wasm/instance.js'
import { receive, send } from '../../js/dist/wasm/memory.js'
import { byHand } from './by-hand.mjs'

const FRAME = 65_536
const LIMITS = { slots: 10, headerBytes: 131_072, frameBytes: 1 << 20 }
const esdk = createRequire(import.meta.url)('@aws-crypto/client-node')

const key = new Uint8Array(nodeCrypto.randomBytes(32))
const rootKey = wrappingKey(key, { namespace: 'acme', name: 'laptop' })

// A job that does one thing n times, one after the other.
const repeat = (work) => ({
  async run(n) {
    for (let i = 0; i < n; i++) await work()
  },
})

const repeatSync = (work) => ({
  run(n) {
    for (let i = 0; i < n; i++) work()
  },
})

async function ours(plaintext) {
  const envelope = new Envelope({ rootKey })
  const message = await envelope.encrypt(plaintext)
  return {
    opened: (await envelope.decrypt(message)).plaintext,
    seal: repeat(() => envelope.encrypt(plaintext)),
    open: repeat(() => envelope.decrypt(message)),
  }
}

async function clientNode(plaintext) {
  const { CommitmentPolicy, RawAesKeyringNode, RawAesWrappingSuiteIdentifier } = esdk
  const client = esdk.buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const keyring = new RawAesKeyringNode({
    keyNamespace: 'acme',
    keyName: 'laptop',
    unencryptedMasterKey: Uint8Array.from(key),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  })
  const options = { suiteId: 0x0478, frameLength: FRAME }
  const { result } = await client.encrypt(keyring, plaintext, options)
  return {
    opened: (await client.decrypt(keyring, result)).plaintext,
    seal: repeat(() => client.encrypt(keyring, plaintext, options)),
    open: repeat(() => client.decrypt(keyring, result)),
  }
}

async function nodeByHand(plaintext) {
  const { seal, open } = byHand(key)
  const message = seal(plaintext)
  return {
    opened: open(message),
    seal: repeatSync(() => seal(plaintext)),
    open: repeatSync(() => open(message)),
  }
}

// A message that was begun: what seals it, and its header.
async function begun(frameLength) {
  const [bound, dataKey] = [contextHandle(core, {}, 'caller'), DataKey.generate()]
  const slot = encodeSlot(await rootKey.wrap(dataKey))
  const id = withDataKey(dataKey, core, (calls, key) =>
    calls.sealerNew(key, bound.id, 0, send(calls, slot), frameLength),
  )
  const start = enter((calls) => receive(calls, calls.outputLength()))
  const header = readHeader(core, start, LIMITS)
  if (headerLength(header) !== start.length) throw new Error('the header is not whole')
  return { sealer: { id }, opener: () => newOpener(header, dataKey) }
}

const newOpener = (header, dataKey) => ({
  id: withDataKey(dataKey, core, (calls, key) => calls.openerNew(header.id, key, 0)),
})

const release = ({ id }) => enter((calls) => calls.free(id))

async function ourFrames(plaintext) {
  const frameLength = Math.min(plaintext.length, FRAME)
  const pieces = []
  for (let at = 0; at < plaintext.length; at += frameLength) {
    pieces.push(plaintext.subarray(at, at + frameLength))
  }
  const { sealer } = await begun(frameLength)
  const sealAll = (by) => pieces.map((piece) => sealPiece(by, piece))
  // Frames have to be opened in order, so as many are made before as will be opened.
  const other = await begun(frameLength)
  const frames = []
  sealPiece(other.sealer, pieces.at(-1))
  const more = (count) => {
    while (frames.length < count * pieces.length) frames.push(...sealAll(other.sealer))
  }
  more(1)
  let current = other.opener()
  const open = (n) => {
    for (let i = 0; i < n * pieces.length; i++) openPiece(current, frames[i])
  }
  const shifted = [pieces.at(-1), ...pieces.slice(0, -1)]
  const opened = Buffer.concat(shifted.map((_, i) => openPiece(current, frames[i])))
  if (!opened.equals(Buffer.concat(shifted))) throw new Error('opened wrongly')
  sealPiece(sealer, pieces.at(-1))
  return {
    opened: plaintext,
    seal: repeatSync(() => sealAll(sealer)),
    open: {
      prepare(n) {
        more(n)
        release(current)
        current = other.opener()
      },
      run: open,
    },
  }
}

async function nodeGcm(plaintext) {
  const secret = nodeCrypto.createSecretKey(key)
  const seal = () => {
    const nonce = nodeCrypto.randomBytes(12)
    const cipher = nodeCrypto.createCipheriv('aes-256-gcm', secret, nonce)
    const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final()])
    return [sealed, cipher.getAuthTag()]
  }
  const [sealed, tag] = seal()
  const open = () => {
    const decipher = nodeCrypto.createDecipheriv('aes-256-gcm', secret, sealed.subarray(0, 12))
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed.subarray(12)), decipher.final()])
  }
  return { opened: open(), seal: repeatSync(seal), open: repeatSync(open) }
}

async function webCrypto(plaintext) {
  const { subtle } = webcrypto
  const secret = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const seal = async () => {
    const iv = webcrypto.getRandomValues(new Uint8Array(12))
    return [iv, await subtle.encrypt({ name: 'AES-GCM', iv }, secret, plaintext)]
  }
  const [iv, sealed] = await seal()
  const open = () => subtle.decrypt({ name: 'AES-GCM', iv }, secret, sealed)
  return { opened: new Uint8Array(await open()), seal: repeat(seal), open: repeat(open) }
}

async function noble(plaintext) {
  const seal = () => {
    const nonce = webcrypto.getRandomValues(new Uint8Array(12))
    return [nonce, gcm(key, nonce).encrypt(plaintext)]
  }
  const [nonce, sealed] = seal()
  const open = () => gcm(key, nonce).decrypt(sealed)
  return { opened: open(), seal: repeatSync(seal), open: repeatSync(open) }
}

/** The rows; the first of each group is what its others are divided by. */
export const GROUPS = {
  messages: { tsutsumi: ours, 'client-node': clientNode, 'node by hand': nodeByHand },
  frames: {
    tsutsumi: ourFrames,
    'node:crypto': nodeGcm,
    WebCrypto: webCrypto,
    '@noble/ciphers': noble,
  },
}
