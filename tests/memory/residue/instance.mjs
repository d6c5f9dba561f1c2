// A fresh instance of the core with randomness of ours, driven through its exports as the SDK does.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { derived } from './derived.mjs'

const PKG = new URL('../../../pkg/', import.meta.url)
const modules = Object.fromEntries(
  ['core', 'formats'].map((name) => {
    const path = fileURLToPath(new URL(`${name}/${name}_bg.wasm`, PKG))
    return [name, new WebAssembly.Module(readFileSync(path))]
  }),
)
const PIECE_LEN = 65_536
const MESSAGE_LIMITS = [10, 131_072, 1 << 20]
const POOL_LEN = 4096

let started = 0

/** u16 length ‖ bytes, for each part. */
export function fields(...parts) {
  const bytes = parts.map((part) => Buffer.from(part))
  return Buffer.concat(
    bytes.flatMap((part) => [Buffer.from([part.length >> 8, part.length]), part]),
  )
}

/** One instance. Careless, it neither frees nor wipes: what a check has to notice. */
export class Instance {
  core
  careless
  #memory
  #draws = 0
  #secret
  // Where the core keeps the randomness that it draws in bulk, once it has.
  #pool
  #planted

  /** `traced` is a copy of the module that reports what it does to a function `see`. */
  static async start(careless = false, name = 'core', traced = undefined) {
    // The glue keeps views of one memory, so every instance has a copy of it.
    const glue = await import(`${new URL(`${name}/${name}_bg.js`, PKG)}?${++started}`)
    return new Instance(glue, careless, name, traced)
  }

  constructor(glue, careless, name, traced) {
    this.careless = careless
    const imports = { ...glue }
    const draws = Object.keys(glue).filter((name) => name.includes('getRandomValues'))
    if (draws.length !== 1) throw new Error('the core draws randomness in another way')
    imports[draws[0]] = (at, length) => this.#draw(at, length)
    const { exports } = new WebAssembly.Instance(traced?.module ?? modules[name], {
      [`./${name}_bg.js`]: imports,
      trace: { see: traced?.see },
    })
    glue.__wbg_set_wasm(exports)
    exports.__wbindgen_start?.()
    this.#memory = exports.memory
    this.core = glue
  }

  // Draws are the same in every instance, so what the pool still holds is no difference. A key is
  // put where the core takes the next piece from, and has to be gone from there afterwards.
  #draw(at, length) {
    const bytes = derived(`public draw ${this.#draws++}`, length)
    if (length === POOL_LEN) {
      this.#pool = at
      // Not a zero among them: that is what stands in place of a byte that was handed out.
      for (const [index, byte] of bytes.entries()) bytes[index] = byte || 1
    }
    new Uint8Array(this.#memory.buffer, at, length).set(bytes)
    if (length === POOL_LEN) this.#plant()
  }

  #pooled() {
    return new Uint8Array(this.#memory.buffer, this.#pool, POOL_LEN)
  }

  // Before the first draw of the pool, and when it is used up, it is the draw that plants.
  #plant() {
    if (this.#pool === undefined || this.#secret === undefined) return
    const pool = this.#pooled()
    const next = pool.findIndex((byte) => byte !== 0)
    if (next < 0 || next + this.#secret.length > POOL_LEN) return
    pool.set(this.#secret, next)
    this.#planted = { at: next, length: this.#secret.length }
    this.#secret = undefined
  }

  /** Puts the memory back as it was, and has the same draws come again. */
  startOver(image) {
    new Uint8Array(this.#memory.buffer).set(image)
    this.#draws = 0
  }

  /** Copies parts into the input region; returns their length. */
  send(...parts) {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
    const at = this.core.input(bytes.length)
    new Uint8Array(this.#memory.buffer).set(bytes, at)
    return bytes.length
  }

  /** A copy of the output region. */
  receive(length = this.core.outputLength()) {
    return new Uint8Array(this.#memory.buffer, this.core.output(), length).slice()
  }

  wipe() {
    if (!this.careless) this.core.wipe()
  }

  free(...handles) {
    if (!this.careless) for (const handle of handles) this.core.free(handle)
  }

  /** Runs a call that draws a key, which is to be this one. */
  drawing(secret, call) {
    this.#secret = secret
    this.#planted = undefined
    this.#plant()
    const made = call(this.core)
    if (this.#planted === undefined) throw new Error('the core draws keys in another way')
    const { at, length } = this.#planted
    if (this.#pooled().subarray(at, at + length).some((byte) => byte !== 0)) {
      throw new Error('the core keeps a key that it handed out')
    }
    return made
  }

  dataKey(secret) {
    return this.drawing(secret, (core) => core.dataKeyGenerate())
  }

  wrappingKey(secret) {
    const length = this.send(secret, 'acme', 'laptop')
    return this.core.wrappingKeyNew(secret.length, 4, length - secret.length - 4)
  }

  context() {
    return this.core.contextNew(this.send(fields('tenant', 'acme', 'purpose', 'residue')), false)
  }

  wrap(wrappingKey, dataKey, context) {
    return this.receive(this.core.wrappingKeyWrap(wrappingKey, dataKey, context))
  }

  unwrap(wrappingKey, slot, context) {
    return this.core.wrappingKeyUnwrap(wrappingKey, this.send(slot), context)
  }

  /** Seals; `keep` pieces only, if it is given, after which the sealer is given up. */
  seal(dataKey, context, slot, plaintext, keep = Number.POSITIVE_INFINITY) {
    const sealer = this.core.sealerNew(dataKey, context, 0, this.send(slot), 0)
    const parts = [this.receive()]
    for (let at = 0, n = 0; at < plaintext.length && n < keep; at += PIECE_LEN, n++) {
      const length = this.send(plaintext.subarray(at, at + PIECE_LEN))
      parts.push(this.receive(this.core.sealerPush(sealer, length)))
      this.wipe()
    }
    if (Number.isFinite(keep)) this.free(sealer)
    else parts.push(this.receive(this.core.sealerFinish(sealer)))
    this.wipe()
    return new Uint8Array(Buffer.concat(parts))
  }

  header(message) {
    const start = message.subarray(0, MESSAGE_LIMITS[1])
    return this.core.headerRead(this.send(start), ...MESSAGE_LIMITS)
  }

  slot(header) {
    return this.receive(this.core.headerSlots(header))
  }

  /** Opens; `keep` pieces only, if it is given, after which the opener is given up. */
  open(header, dataKey, message, keep = Number.POSITIVE_INFINITY) {
    const opener = this.core.openerNew(header, dataKey, 0)
    const body = message.subarray(this.core.headerLength(header))
    const parts = []
    let held = true
    try {
      for (let at = 0, n = 0; at < body.length && n < keep; at += PIECE_LEN, n++) {
        const length = this.send(body.subarray(at, at + PIECE_LEN))
        parts.push(this.receive(this.core.openerPush(opener, length)))
        this.wipe()
      }
      if (!Number.isFinite(keep)) {
        held = false
        this.core.openerFinish(opener)
      }
    } finally {
      if (held) this.free(opener)
      this.wipe()
    }
    return new Uint8Array(Buffer.concat(parts))
  }

  /** The whole linear memory. */
  image() {
    return Buffer.from(this.#memory.buffer.slice(0))
  }
}
