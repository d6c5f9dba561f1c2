// Sealing and opening much data, beside the platform's AES alone. Runs in Node.js and in a page.
//
// Every job does one length of data once and has its speed taken; `raw` is what the platform does
// with one call for all of it, under one key, with a nonce for each call. Streams get their data in
// chunks of 1 MiB, as files and networks give it.

const CHUNK = 1 << 20

function source(bytes) {
  let at = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(at, at + CHUNK))
        at += CHUNK
      },
    },
    { highWaterMark: 0 },
  )
}

async function drained(stream) {
  const reader = stream.getReader()
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return length
    length += value.length
  }
}

function expect(length, expected) {
  if (length !== expected) throw new Error(`${length} bytes came out, not ${expected}`)
}

/** The jobs of a length, by name: ours by the best engine, ours in the core, the platform alone. */
export async function bulkJobs({ Envelope, Objects, wrappingKey }, raw, length) {
  const key = globalThis.crypto.getRandomValues(new Uint8Array(32))
  const rootKey = wrappingKey(key, { namespace: 'bench', name: 'bulk' })
  const envelope = new Envelope({ rootKey })
  const objects = new Objects({ rootKey })
  const plaintext = new Uint8Array(length).fill(0x5a)
  const message = await envelope.encrypt(plaintext)
  const { body, slots } = await objects.seal(plaintext)
  const platform = await raw(key, plaintext)
  return {
    'raw, seal': platform.seal,
    'encryptStream': async () => {
      const pair = envelope.encryptStream()
      expect(await drained(source(plaintext).pipeThrough(pair)), message.length)
    },
    encrypt: async () => expect((await envelope.encrypt(plaintext)).length, message.length),
    'object, stream': async () => {
      expect(await drained(source(plaintext).pipeThrough(objects.sealStream())), body.length - 56 + 56)
    },
    'object, whole': async () => expect((await objects.seal(plaintext)).body.length, body.length),
    'raw, open': platform.open,
    'decryptStream': async () => {
      const pair = envelope.decryptStream()
      expect(await drained(source(message).pipeThrough(pair)), length)
    },
    decrypt: async () => expect((await envelope.decrypt(message)).plaintext.length, length),
    'object, open stream': async () => {
      const pair = objects.openStream({ slots })
      expect(await drained(source(body).pipeThrough(pair)), length)
    },
    'object, open whole': async () => expect((await objects.open(body, { slots })).length, length),
  }
}

/** The platform's SubtleCrypto: one call for all. */
export async function rawSubtle(key, plaintext) {
  const { subtle } = globalThis.crypto
  const secret = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const iv = new Uint8Array(12)
  const sealed = await subtle.encrypt({ name: 'AES-GCM', iv }, secret, plaintext)
  return {
    seal: async () => expect((await subtle.encrypt({ name: 'AES-GCM', iv }, secret, plaintext)).byteLength, sealed.byteLength),
    open: async () => expect((await subtle.decrypt({ name: 'AES-GCM', iv }, secret, sealed)).byteLength, plaintext.length),
  }
}

/** node:crypto: one call for all. */
export function rawSync(crypto) {
  return async (key, plaintext) => {
    const secret = crypto.createSecretKey(key)
    const iv = new Uint8Array(12)
    const seal = () => {
      const cipher = crypto.createCipheriv('aes-256-gcm', secret, iv)
      return [cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
    }
    const [sealed, , tag] = seal()
    return {
      seal: async () => expect(seal()[0].length, plaintext.length),
      open: async () => {
        const decipher = crypto.createDecipheriv('aes-256-gcm', secret, iv)
        decipher.setAuthTag(tag)
        const opened = decipher.update(sealed)
        decipher.final()
        expect(opened.length, plaintext.length)
      },
    }
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Runs all jobs in turn, round by round; gives MB/s and the ratio to the raw job of its side. */
export async function measureBulk(jobs, length, rounds) {
  const names = Object.keys(jobs)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  for (const name of names) for (let i = 0; i < 2; i++) await jobs[name]()
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const started = performance.now()
      await jobs[name]()
      times[name].push(performance.now() - started)
    }
  }
  const rawOf = (name) => (names.indexOf(name) < names.indexOf('raw, open') ? 'raw, seal' : 'raw, open')
  return Object.fromEntries(
    names.map((name) => {
      const ratios = times[name].map((time, round) => times[rawOf(name)][round] / time)
      const best = Math.min(...times[name])
      return [name, { best: length / best / 1000, median: length / median(times[name]) / 1000,
        ratio: median(ratios), ratioBest: Math.min(...times[rawOf(name)]) / best }]
    }),
  )
}
