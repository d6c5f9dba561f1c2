// The module for engines without SIMD. Node.js cannot switch SIMD off, so a process of its own
// pretends: `WebAssembly.validate` denies it, and the core's own module is not compiled.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { length as portable } from '../dist/wasm/glue/portable-bytes.js'

const root = new URL('../', import.meta.url)
const core = readFileSync(new URL('dist/wasm/glue/core_bg.wasm', root)).length

/** Makes the engine deny SIMD, and says at the end which modules were compiled. */
const WITHOUT_SIMD = `
  const { Module } = WebAssembly
  const lengths = []
  WebAssembly.validate = () => false
  WebAssembly.Module = function (bytes) {
    if (bytes.length === ${core}) throw new WebAssembly.CompileError('no SIMD')
    lengths.push(bytes.length)
    return new Module(bytes)
  }
`

const JOB = `
  const key = wrappingKey(new Uint8Array(32).fill(7), { namespace: 'a', name: 'b' })
  const envelope = new Envelope({ rootKey: key })
  const message = await envelope.encrypt(new Uint8Array(10_000).fill(5), { context: { a: 'b' } })
  const { plaintext } = await envelope.decrypt(message, { context: { a: 'b' } })
  const table = await envelope.createTable()
  const value = table.open(table.seal(new Uint8Array(100).fill(6), { row: '1' }), { row: '1' })
  console.log(JSON.stringify([plaintext.length, plaintext[0], value.length, value[0], lengths]))
`

function run(script: string): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script],
    { cwd: root, encoding: 'utf8' },
  )
  return { code: status, output: stdout + stderr }
}

describe('an engine without SIMD', () => {
  it('takes the portable module by itself, and does everything with that one', () => {
    const { output } = run(`${WITHOUT_SIMD}
      const { Envelope, wrappingKey } = await import('tsutsumi')
      await import('tsutsumi/portable')
      ${JOB}`)
    const [length, first, recordLength, firstOfRecord, lengths] = JSON.parse(output)
    assert.deepEqual([length, first, recordLength, firstOfRecord], [10_000, 5, 100, 6])
    assert.deepEqual(lengths, [portable], 'one module is compiled, and it is a superset')
  })

  it('has it from the start if `tsutsumi/portable` is imported first', () => {
    const { output } = run(`${WITHOUT_SIMD}
      await import('tsutsumi/portable')
      const { Envelope, wrappingKey } = await import('tsutsumi')
      ${JOB}`)
    assert.match(output, /^\[10000,5,100,6,\[\d+\]\]\n$/)
  })

  it('says what is missing until it is there', () => {
    const { output } = run(`${WITHOUT_SIMD}
      const { wrappingKey } = await import('tsutsumi')
      try {
        wrappingKey(new Uint8Array(32), { namespace: 'a', name: 'b' })
      } catch ({ code, hint }) {
        console.log(code, hint)
      }`)
    assert.match(output, /^ERR_STATE Import `tsutsumi\/portable` first/)
  })
})

describe('an engine with SIMD', () => {
  it('does not load the portable module, not even if it is imported', () => {
    const { output } = run(`
      const { Module } = WebAssembly
      const lengths = []
      WebAssembly.Module = function (bytes) {
        lengths.push(bytes.length)
        return new Module(bytes)
      }
      await import('tsutsumi/portable')
      const { Envelope, wrappingKey } = await import('tsutsumi')
      ${JOB}`)
    const [, , , , lengths] = JSON.parse(output)
    assert.equal(lengths[0], core)
    assert.ok(!lengths.includes(portable))
  })

  it('control: a module of this engine is compiled where SIMD is not denied', () => {
    const script = `${WITHOUT_SIMD.replace('() => false', '() => true')}
      const { wrappingKey } = await import('tsutsumi')
      wrappingKey(new Uint8Array(32), { namespace: 'a', name: 'b' })`
    assert.match(run(script).output, /refuses to compile/)
  })
})
