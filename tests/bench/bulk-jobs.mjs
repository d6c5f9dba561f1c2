// Much data, sealed and opened, beside the platform's AES alone. Runs in Node.js and in a page.
//
// A job does one length of data once. `raw` is one call of the platform for each MiB, under one
// key, whose result is ciphertext and tag in one array, as anybody would store it. `bare` are such
// calls for as many bytes as a frame and a chunk have, with no format around them: what the lengths
// of the formats allow. Calls that are waited for go out one MiB at a time. Streams get their data
// in chunks of 1 MiB and are read to their end.

const MIB = 1 << 20
const BARE = { 'bare, 64 KiB': 1 << 16, 'bare, 16 KiB': 1 << 14 }

function source(bytes) {
  let at = 0
  const pull = (controller) => {
    if (at >= bytes.length) return controller.close()
    controller.enqueue(bytes.subarray(at, at + MIB))
    at += MIB
  }
  return new ReadableStream({ pull }, { highWaterMark: 0 })
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

function same(length, expected) {
  if (length !== expected) throw new Error(`${length} bytes came out, not ${expected}`)
}

const places = (length, size) => Array.from({ length: length / size }, (_, i) => i * size)

/** The platform's SubtleCrypto. */
export async function rawSubtle(key, plaintext) {
  const { subtle } = globalThis.crypto
  const secret = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const terms = { name: 'AES-GCM', iv: new Uint8Array(12) }
  return async (size) => {
    const sealed = await subtle.encrypt(terms, secret, plaintext.subarray(0, size))
    const together = places(MIB, size)
    return {
      async seal() {
        for (const from of places(plaintext.length, MIB)) {
          const part = (at) => plaintext.subarray(from + at, from + at + size)
          await Promise.all(together.map((at) => subtle.encrypt(terms, secret, part(at))))
        }
      },
      async open() {
        for (const _ of places(plaintext.length, MIB)) {
          await Promise.all(together.map(() => subtle.decrypt(terms, secret, sealed)))
        }
      },
    }
  }
}

/** node:crypto. */
export function rawSync(crypto) {
  return (key, plaintext) => {
    const secret = crypto.createSecretKey(key)
    const iv = new Uint8Array(12)
    const seal = (bytes) => {
      const cipher = crypto.createCipheriv('aes-256-gcm', secret, iv)
      return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
    }
    return (size) => {
      const sealed = seal(plaintext.subarray(0, size))
      return {
        async seal() {
          for (const at of places(plaintext.length, size)) seal(plaintext.subarray(at, at + size))
        },
        async open() {
          for (const _ of places(plaintext.length, size)) {
            const decipher = crypto.createDecipheriv('aes-256-gcm', secret, iv)
            decipher.setAuthTag(sealed.subarray(-16))
            decipher.update(sealed.subarray(0, -16))
            decipher.final()
          }
        },
      }
    }
  }
}

/** The jobs of a length; the first of each side is what its others are held against. */
export async function bulkJobs({ Envelope, Objects, wrappingKey }, raw, length) {
  const key = globalThis.crypto.getRandomValues(new Uint8Array(32))
  const rootKey = wrappingKey(key, { namespace: 'bench', name: 'bulk' })
  const [envelope, objects] = [new Envelope({ rootKey }), new Objects({ rootKey })]
  const plaintext = new Uint8Array(length).fill(0x5a)
  const message = await envelope.encrypt(plaintext)
  const { body, slots } = await objects.seal(plaintext)
  const platform = await raw(key, plaintext)
  const [whole, ...bare] = await Promise.all([MIB, ...Object.values(BARE)].map(platform))
  const bareJobs = (side) =>
    Object.fromEntries(Object.keys(BARE).map((name, at) => [name, bare[at][side]]))
  const through = async (bytes, pair, expected) =>
    same(await drained(source(bytes).pipeThrough(pair)), expected)
  return {
    seal: {
      raw: whole.seal,
      ...bareJobs('seal'),
      encryptStream: () => through(plaintext, envelope.encryptStream(), message.length),
      encrypt: async () => same((await envelope.encrypt(plaintext)).length, message.length),
      'object, stream': () => through(plaintext, objects.sealStream(), body.length),
      object: async () => same((await objects.seal(plaintext)).body.length, body.length),
    },
    open: {
      raw: whole.open,
      ...bareJobs('open'),
      decryptStream: () => through(message, envelope.decryptStream(), length),
      decrypt: async () => same((await envelope.decrypt(message)).plaintext.length, length),
      'object, stream': () => through(body, objects.openStream({ slots }), length),
      object: async () => same((await objects.open(body, { slots })).length, length),
    },
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Runs jobs in turn; gives MB/s at best, and the median of the ratios to the first job. */
export async function inTurn(jobs, length, rounds) {
  const entries = Object.entries(jobs).map(([name, job]) => ({
    name,
    job,
    times: [],
  }))
  for (const { job } of entries) for (let i = 0; i < 3; i++) await job()
  for (let round = 0; round < rounds; round++) {
    for (const { job, times } of entries) {
      const started = performance.now()
      await job()
      times.push(performance.now() - started)
    }
  }
  const [base] = entries
  return Object.fromEntries(
    entries.map(({ name, times }) => {
      const ratios = times.map((time, round) => base.times[round] / time)
      const best = Math.min(...times)
      return [
        name,
        {
          mbps: length / best / 1000,
          ratio: median(ratios),
          best: Math.min(...base.times) / best,
        },
      ]
    }),
  )
}

/** From which length on a body is sealed faster by the platform's AES than in the core. */
export async function crossovers(
  { Envelope, wrappingKey },
  { engine, useEngine },
  lengths,
  rounds,
) {
  const key = globalThis.crypto.getRandomValues(new Uint8Array(32))
  const envelope = new Envelope({
    rootKey: wrappingKey(key, { namespace: 'bench', name: 'bulk' }),
  })
  useEngine(undefined)
  const found = engine()
  const always = { ...found, crossover: { body: 1, unit: 1 } }
  const never = {
    ...found,
    crossover: { body: Number.POSITIVE_INFINITY, unit: 1 },
  }
  const rows = {}
  for (const length of lengths) {
    const plaintext = new Uint8Array(length).fill(0x5a)
    const by = (engine) => async () => {
      useEngine(engine)
      for (let i = 0; i < 8; i++) await envelope.encrypt(plaintext)
    }
    rows[length] = await inTurn({ core: by(never), platform: by(always) }, 8 * length, rounds)
  }
  useEngine(undefined)
  return rows
}
