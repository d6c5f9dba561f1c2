import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { constants, deflateRawSync } from 'node:zlib'
import { base64, length } from '../dist/wasm/glue/core-bytes.js'
import { inflate } from '../dist/wasm/inflate.js'
import { decodeBase64 } from '../dist/wasm/load.js'
import { randomBytes } from './support/keys.js'

const INPUTS: Readonly<Record<string, Uint8Array>> = {
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  zeros: new Uint8Array(1_000_000),
  noise: randomBytes(200_000),
  text: Buffer.from('the quick brown fox jumps over the lazy dog; '.repeat(5_000)),
  'few values': randomBytes(100_000).map((byte) => byte & 3),
  'a long way back': Buffer.concat([randomBytes(32_000), new Uint8Array(700), randomBytes(10)]),
  'the program that runs this': readFileSync(process.execPath).subarray(0, 500_000),
}

describe('inflate', () => {
  for (const [name, input] of Object.entries(INPUTS)) {
    it(`gives back ${name}, however it was compressed`, () => {
      for (const level of [0, 1, 6, 9]) {
        for (const strategy of [constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_RLE]) {
          const output = inflate(deflateRawSync(input, { level, strategy }), input.length)
          assert.equal(Buffer.compare(output, input), 0, `level ${level}, strategy ${strategy}`)
        }
      }
    })
  }

  it('gives back matches that reach back as far as they can', () => {
    const start = randomBytes(300)
    const input = Buffer.concat([start, randomBytes(32_768 - 300), start, start])
    assert.equal(Buffer.compare(inflate(deflateRawSync(input), input.length), input), 0)
  })

  it('gives the core, byte for byte', () => {
    const path = fileURLToPath(new URL('../dist/wasm/glue/core_bg.wasm', import.meta.url))
    const core = inflate(decodeBase64(base64), length)
    assert.equal(Buffer.compare(core, readFileSync(path)), 0)
  })
})
