// Streams for the tests: a source that makes bytes, sinks that look at them, and the path between.
import { createHash } from 'node:crypto'
import { Envelope, wrappingKey } from '../../../js/dist/index.js'
import { core } from '../../../js/dist/wasm/instance.js'

/** What the sources hand out at a time. */
export const CHUNK = 65_536

const rootKey = wrappingKey(new Uint8Array(32).fill(7), { namespace: 'acme', name: 'laptop' })

/** An envelope without I/O. */
export const envelope = new Envelope({ rootKey })

/** The bytes of the core's linear memory. */
export const wasmBytes = () => core.memory.buffer.byteLength

/** Counts of what went into a pipeline and what came out of it. */
export class Meter {
  into = 0
  out = 0
  most = 0
  #sum = createHash('sha256')

  enter() {
    this.into += 1
    this.most = Math.max(this.most, this.into - this.out)
  }

  leave(chunk) {
    this.out += 1
    this.#sum.update(chunk)
  }

  digest() {
    return this.#sum.digest('hex')
  }
}

/** A source of `count` chunks, each made when it is asked for; every chunk is another one. */
export function source(count, meter, length = CHUNK) {
  let made = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (made === count) return controller.close()
        const chunk = new Uint8Array(length)
        new DataView(chunk.buffer).setUint32(0, made++)
        chunk[length - 1] = made
        meter.enter()
        controller.enqueue(chunk)
      },
    },
    { highWaterMark: 0 },
  )
}

/** What the digest of a source's bytes has to be. */
export function digestOf(count) {
  const sum = createHash('sha256')
  const chunk = new Uint8Array(CHUNK)
  for (let made = 0; made < count; made++) {
    new DataView(chunk.buffer).setUint32(0, made)
    chunk[CHUNK - 1] = made + 1
    sum.update(chunk)
  }
  return sum.digest('hex')
}

/** A sink that takes what `delay` lets it. */
export function sink(meter, delay = () => {}) {
  return new WritableStream(
    {
      async write(chunk) {
        await delay()
        meter.leave(chunk)
      },
    },
    { highWaterMark: 1 },
  )
}

/** From a source through encryption and decryption. */
export function through(readable, signal) {
  const options = signal === undefined ? {} : { signal }
  return readable
    .pipeThrough(envelope.encryptStream(options))
    .pipeThrough(envelope.decryptStream(options))
}
