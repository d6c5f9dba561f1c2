import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  FormatError,
  InternalError,
  isTsutsumiError,
  KmsError,
  MisuseError,
  OpenError,
  PolicyError,
} from 'tsutsumi'
import { CODES, PROBLEMS } from '../dist/core-tables.js'
import { coreError } from '../dist/wasm/core-error.js'

const CLASSES = { FormatError, InternalError, KmsError, MisuseError, OpenError, PolicyError }

describe('errors', () => {
  it('are of the class and code that the core names, for every problem of its table', () => {
    PROBLEMS.forEach((problem, number) => {
      const error = coreError(number + 256 * 1234)
      assert.equal(error.code, problem.code)
      const { className, retryable } = CODES[problem.code]
      assert.equal(error.name, className)
      assert.ok(error instanceof CLASSES[className])
      assert.equal(error.retryable, retryable)
      if (error instanceof FormatError) assert.equal(error.offset, 1234)
    })
    assert.equal(coreError(255).code, 'ERR_INTERNAL')
  })

  it('each have a test that makes them through the public interface', () => {
    const folder = fileURLToPath(new URL('../test', import.meta.url))
    const tests = readdirSync(folder)
      .filter((file) => file.endsWith('.test.ts') && file !== 'errors.test.ts')
      .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
      .join('')
    for (const code of Object.keys(CODES)) {
      assert.ok(tests.includes(`'${code}'`), `no test expects ${code}`)
    }
    assert.ok(!tests.includes("'ERR_NEVER'"), 'the search can fail')
  })

  it('are known across copies of the package by their mark', () => {
    const theirs = Object.assign(new Error('x'), {
      [Symbol.for('tsutsumi.error')]: 'OpenError',
      code: 'ERR_OPEN_FAILED',
    })
    assert.ok(theirs instanceof OpenError)
    assert.ok(!(theirs instanceof FormatError))
    assert.ok(isTsutsumiError(theirs))
    for (const other of [new Error('x'), null, undefined, 'ERR_OPEN_FAILED', {}]) {
      assert.ok(!isTsutsumiError(other))
      assert.ok(!(other instanceof OpenError))
    }
  })

  it('are errors as the platform knows them', () => {
    const error = new MisuseError('ERR_ARGUMENT', 'wrong', { argument: 'x', cause: 1 })
    assert.ok(error instanceof TypeError)
    assert.ok(error.stack?.startsWith('MisuseError: wrong') || error.stack?.includes('wrong'))
    assert.equal(error.cause, 1)
    assert.equal(String(error), 'MisuseError: wrong')
    assert.equal(new OpenError().cause, undefined)
  })

  it('narrow by code', () => {
    const error: unknown = new KmsError('ERR_KMS_THROTTLED', 'busy', { retryAfter_ms: 5 })
    assert.ok(isTsutsumiError(error))
    switch (error.code) {
      case 'ERR_KMS_THROTTLED':
        assert.equal(error.retryAfter_ms, 5)
        break
      default:
        assert.fail()
    }
  })
})
