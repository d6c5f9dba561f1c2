// The steps of a message on node:crypto: draw a data key, wrap it, derive a key and a commitment
// from it, tag the header, seal one frame; and back, with the checks that opening has to make.
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

const SUITE = Buffer.from([0x04, 0x78])
const DERIVE = Buffer.concat([SUITE, Buffer.from('DERIVEKEY')])
const COMMIT = Buffer.from('COMMITKEY')
const HEADER_NONCE = Buffer.alloc(12)
const FRAME_NONCE = Buffer.concat([Buffer.alloc(11), Buffer.from([1])])

function seal(key, nonce, aad, plaintext) {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

function open(key, nonce, aad, sealed) {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
  decipher.setAAD(aad)
  decipher.setAuthTag(sealed.subarray(-16))
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])
}

function derive(dataKey, id) {
  const [encryption, commitment] = [DERIVE, COMMIT].map((info) =>
    Buffer.from(hkdfSync('sha512', dataKey, id, info, 32)),
  )
  return { encryption, commitment }
}

/** Seals and opens under a wrapping key. */
export function byHand(bytes) {
  const wrapping = createSecretKey(bytes)
  const none = Buffer.alloc(0)
  return {
    seal(plaintext) {
      const [dataKey, id, nonce] = [randomBytes(32), randomBytes(32), randomBytes(12)]
      const wrapped = seal(wrapping, nonce, none, dataKey)
      const { encryption, commitment } = derive(dataKey, id)
      const header = Buffer.concat([SUITE, id, nonce, wrapped, commitment])
      const tag = seal(encryption, HEADER_NONCE, header, none)
      return Buffer.concat([header, tag, seal(encryption, FRAME_NONCE, id, plaintext)])
    },

    open(message) {
      const parts = [2, 34, 46, 94, 126, 142]
      const at = (i) => message.subarray(parts[i], parts[i + 1])
      const [id, nonce, wrapped, commitment, tag] = [0, 1, 2, 3, 4].map(at)
      const dataKey = open(wrapping, nonce, none, wrapped)
      const { encryption, commitment: expected } = derive(dataKey, id)
      if (!timingSafeEqual(commitment, expected)) throw new Error('another key')
      open(encryption, HEADER_NONCE, message.subarray(0, 126), tag)
      return open(encryption, FRAME_NONCE, id, message.subarray(142))
    },
  }
}
