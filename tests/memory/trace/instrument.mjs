// A copy of a module that reports whatever decides about its time: the condition of every branch,
// select and jump, the target of every indirect call, and the address of every access to memory.
//
// Works on the text form, in which binaryen nests every operand: the operand that matters is passed
// through an imported function. Nothing else is changed.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const TOOLS = fileURLToPath(new URL('../../../js/node_modules/binaryen/bin/', import.meta.url))
const FEATURES = [
  'bulk-memory',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
]
const IMPORT = '(import "trace" "see" (func $see (param i32 i32) (result i32)))'

/** Lists and atoms of a text; an atom is a string. */
function parse(text) {
  const token = /;;[^\n]*|"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+/g
  const stack = [[]]
  for (const [found] of text.matchAll(token)) {
    if (found.startsWith(';;')) continue
    if (found === '(') stack.push([])
    else if (found === ')') {
      const list = stack.pop()
      stack.at(-1).push(list)
    } else stack.at(-1).push(found)
  }
  return stack[0][0]
}

function print(node) {
  return typeof node === 'string' ? node : `(${node.map(print).join(' ')})`
}

const isOperand = (node) => Array.isArray(node) && !['result', 'type', 'param'].includes(node[0])

/** Which operands of an instruction decide about its time: `first`, `last`, `all` or none. */
function telling(head) {
  if (head === 'if') return 'first'
  if (['br_if', 'br_table', 'call_indirect', 'select'].includes(head)) return 'last'
  if (head === 'memory.fill' || head === 'memory.copy') return 'all'
  return /\.(load|store)/.test(head) ? 'first' : undefined
}

function instrument(node, state) {
  if (!Array.isArray(node)) return node
  const list = node.map((child) => instrument(child, state))
  const which = telling(list[0])
  if (which === undefined) return list
  const operands = [...list.keys()].filter((at) => isOperand(list[at]))
  const chosen = { first: operands.slice(0, 1), last: operands.slice(-1), all: operands }[which]
  if (chosen.length === 0) throw new Error(`${list[0]} has no operand`)
  for (const at of chosen) {
    list[at] = ['call', '$see', ['i32.const', String(state.places++)], list[at]]
  }
  return list
}

function run(tool, ...args) {
  const features = FEATURES.map((feature) => `--enable-${feature}`)
  execFileSync(process.execPath, [join(TOOLS, tool), ...features, ...args])
}

/** The instrumented module, and in how many places it reports. `form` is bytes, or text. */
export function instrumented(form) {
  const folder = mkdtempSync(join(tmpdir(), 'trace-'))
  const [wasm, wat, out] = ['in.wasm', 'in.wat', 'out.wasm'].map((name) => join(folder, name))
  try {
    writeFileSync(typeof form === 'string' ? wat : wasm, form)
    if (typeof form !== 'string') run('wasm-dis', wasm, '-o', wat)
    const state = { places: 0 }
    const [head, ...rest] = instrument(parse(readFileSync(wat, 'utf8')), state)
    writeFileSync(wat, `(${head} ${IMPORT}\n${rest.map(print).join('\n')})`)
    run('wasm-as', wat, '-o', out)
    return { module: new WebAssembly.Module(readFileSync(out)), places: state.places }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is seen, as a number; equal traces give equal numbers. */
export class Trace {
  events = 0
  #low = 0
  #high = 0

  /** The function that a module imports. */
  see = (place, value) => {
    this.#low = Math.imul(this.#low ^ place, 0x9e37_79b1) ^ (this.#low >>> 15)
    this.#low = Math.imul(this.#low ^ value, 0x85eb_ca77)
    this.#high = (Math.imul(this.#high, 31) + this.#low) | 0
    this.events += 1
    return value
  }

  /** The number since the last call, and how many events it stands for. */
  take() {
    const taken = { digest: `${this.#low}:${this.#high}:${this.events}`, events: this.events }
    this.#low = 0
    this.#high = 0
    this.events = 0
    return taken
  }
}
