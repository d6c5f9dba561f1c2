import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as core from '../dist/wasm/glue/core_bg.js'
import * as formats from '../dist/wasm/glue/formats_bg.js'
import { loadService } from '../dist/wasm/service.js'
import 'tsutsumi/local'

/** Names and numbers of parameters of the functions in a hand-written declaration. */
function declared(name: string): Map<string, number> {
  const path = fileURLToPath(new URL(`../src/wasm/glue/${name}.d.ts`, import.meta.url))
  const text = readFileSync(path, 'utf8').replace(/\s+/g, ' ')
  const found = new Map<string, number>()
  for (const [, name, parameters] of text.matchAll(/export function (\w+)\(([^)]*)\)/g)) {
    found.set(name ?? '', (parameters ?? '').split(':').length - 1)
  }
  return found
}

/** Checks that glue has these functions, and no other. */
function compare(glue: object, functions: ReadonlyMap<string, number>): void {
  for (const [name, parameters] of functions) {
    const found: unknown = Reflect.get(glue, name)
    assert.ok(typeof found === 'function', name)
    assert.equal(found.length, parameters, name)
  }
  const others = Object.keys(glue).filter((name) => !functions.has(name))
  assert.deepEqual(
    others.filter((name) => !name.startsWith('__')),
    [],
  )
}

describe('the glue', () => {
  it('of the core has the functions that are declared, and no other', () => {
    const functions = declared('core_bg')
    assert.ok(functions.size > 25)
    compare(core, functions)
  })

  it('of the module with all formats has those and its own', () => {
    const more = declared('formats_bg')
    assert.ok(more.size > 10)
    compare(formats, new Map([...declared('core_bg'), ...more]))
  })

  it('of the service has the class that is declared', async () => {
    const { EmbeddedService } = await loadService()
    for (const name of ['create', 'restore']) {
      assert.equal(typeof Reflect.get(EmbeddedService, name), 'function')
    }
    for (const name of ['free', 'handle', 'snapshot', 'ownerApiKey', 'advanceClock']) {
      assert.equal(typeof Reflect.get(EmbeddedService.prototype, name), 'function')
    }
    for (const name of ['instance', 'accountId', 'region']) {
      assert.ok(Object.getOwnPropertyDescriptor(EmbeddedService.prototype, name)?.get)
    }
  })
})
