// The constant-time check, on the module as it is shipped: for secrets of equal length it takes the
// same branches and touches the same addresses.
//
// An instrumented copy of pkg/core/core_bg.wasm wraps, seals, unwraps and opens under a thousand
// sets of secrets, with the same names, nonces and lengths; each step has to give one trace. Two
// twins that leak, by a branch and by an address, have to give more. What an engine's compiler
// makes of the module is outside of this.
import { readFileSync } from 'node:fs'

import { derived } from './residue/derived.mjs'
import { Instance } from './residue/instance.mjs'
import { begin } from './residue/scenarios.mjs'
import { instrumented, Trace } from './trace/instrument.mjs'

const LENGTHS = [0, 32, 100, 1000, 5000]
const SECRETS = 1000

// Compares like `memcmp`, and looks a byte up: what must not be done with a secret.
const LEAKY = `(module
  (memory (export "memory") 1)
  (func (export "compare") (param i32 i32) (result i32) (local i32)
    (loop $next
      (if (i32.ne (i32.load8_u (local.get 0)) (i32.load8_u (local.get 1))) (then
        (return (i32.const 0))))
      (local.set 0 (i32.add (local.get 0) (i32.const 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 1)))
      (local.set 2 (i32.add (local.get 2) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get 2) (i32.const 32))))
    (i32.const 1))
  (func (export "lookUp") (param i32) (result i32)
    (i32.load8_u offset=256 (i32.load8_u (local.get 0)))))`

/** Runs the whole job once; returns the trace of each step. */
function job(instance, trace, image, seed, length) {
  const secrets = {
    wrapping: derived(`wrapping ${seed}`, 32),
    data: derived(`data ${seed}`, 32),
  }
  const plaintext = derived(`plaintext ${seed}`, length)
  const steps = {}
  const step = (name, work) => {
    trace.take()
    const made = work()
    steps[name] = trace.take()
    return made
  }
  // Where something is allocated depends on what was freed before, so every run starts alike.
  instance.startOver(image)
  const { wrapping, data, context, slot, end } = step('wrap', () => begin(instance, secrets))
  const message = step('seal', () => instance.seal(data, context, slot, plaintext))
  const header = instance.header(message)
  const other = step('unwrap', () => instance.unwrap(wrapping, instance.slot(header), context))
  const opened = step('open', () => instance.open(header, other, message))
  if (Buffer.compare(opened, plaintext) !== 0) throw new Error('opened wrongly')
  instance.free(header, other)
  end()
  instance.wipe()
  return steps
}

async function one(check, { module, places }, length) {
  const trace = new Trace()
  const instance = await Instance.start(false, 'core', { module, see: trace.see })
  job(instance, trace, [], 'that the memory has grown', length)
  const image = instance.image()
  const found = {}
  for (let n = 0; n < SECRETS; n++) {
    const steps = Object.entries(job(instance, trace, image, n, length))
    for (const [step, { digest, events }] of steps) {
      found[step] ??= { digests: new Set(), events }
      found[step].digests.add(digest)
    }
  }
  const parts = Object.entries(found)
  const shown = parts.map(([step, { digests, events }]) => `${step} ${digests.size}/${events}`)
  console.log(`  ${String(length).padStart(5)} B, ${places} places: ${shown.join(', ')}`)
  for (const [step, { digests, events }] of parts) {
    await check(`${step}, ${length} B`, () => {
      if (digests.size !== 1) throw new Error(`${digests.size} traces`)
      if (events < 100) throw new Error(`only ${events} events: the copy reports too little`)
    })
  }
  return Math.max(...parts.map(([, { digests }]) => digests.size))
}

function leaks() {
  const trace = new Trace()
  const { module } = instrumented(LEAKY)
  const { exports } = new WebAssembly.Instance(module, { trace: { see: trace.see } })
  const memory = new Uint8Array(exports.memory.buffer)
  const found = { compare: new Set(), lookUp: new Set() }
  for (let n = 0; n < SECRETS; n++) {
    memory.set(derived(`leaky ${n}`, 32))
    for (const name of Object.keys(found)) {
      trace.take()
      exports[name](0, 64)
      found[name].add(trace.take().digest)
    }
  }
  return found
}

/** Adds a group to the report and prints the figures. */
export async function traces(report) {
  await report.group('one trace for all secrets', async (check) => {
    const path = new URL('../../pkg/core/core_bg.wasm', import.meta.url)
    const copy = instrumented(readFileSync(path))
    console.log(`distinct traces of ${SECRETS} secrets, and events in each:`)
    let most = 0
    for (const length of LENGTHS) most = Math.max(most, await one(check, copy, length))
    report.figure('traces', { secrets: SECRETS, lengths: LENGTHS, places: copy.places, most })
    for (const [name, digests] of Object.entries(leaks())) {
      console.log(`  control: ${name} leaks in ${digests.size} traces`)
      await check(`control: ${name}`, () => {
        if (digests.size < 2) throw new Error('one trace')
      })
    }
  })
}
