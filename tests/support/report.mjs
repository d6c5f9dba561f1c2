// Counts checks, prints one line for each group of them, and closes with `N passed, N failed`.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const SHOWN_FAILURES = 5

/** A run of groups of checks. */
export class Report {
  passed = 0
  failed = 0
  #groups = {}
  #figures = {}

  /**
   * Runs a group. `body` gets a function that runs one check: what throws has failed, and the group
   * goes on. A group without a single check has failed itself.
   */
  async group(name, body) {
    const failures = []
    let passed = 0
    const started = performance.now()
    const check = async (label, work) => {
      try {
        await work()
        passed += 1
      } catch (error) {
        failures.push(`${label}: ${error?.stack ?? error}`)
      }
    }
    try {
      await body(check)
    } catch (error) {
      failures.push(`the group broke off: ${error?.stack ?? error}`)
    }
    if (passed + failures.length === 0) failures.push('the group ran no check')
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const verdict = failures.length === 0 ? 'ok  ' : 'FAIL'
    const bad = failures.length === 0 ? '' : `, ${failures.length} bad`
    console.log(`${verdict} ${String(passed).padStart(5)} good${bad}  ${name}  (${seconds} s)`)
    for (const failure of failures.slice(0, SHOWN_FAILURES)) {
      console.log(`     ${failure.replaceAll('\n', '\n     ')}`)
    }
    if (failures.length > SHOWN_FAILURES) {
      console.log(`     and ${failures.length - SHOWN_FAILURES} more`)
    }
    this.#groups[name] = passed
    this.passed += passed
    this.failed += failures.length
  }

  /** Keeps a figure for the table in tests/README.md. */
  figure(name, value) {
    this.#figures[name] = value
  }

  /**
   * Prints the closing line, sets the exit code, and keeps the figures of a run without failures,
   * if it names its suite.
   * Fewer than `floor` checks are a failure: a figure that falls is not to go unnoticed.
   */
  close(suite, floor) {
    if (this.passed + this.failed < floor) {
      console.log(`FAIL ${floor} checks at least have to run`)
      this.failed += 1
    }
    if (this.failed === 0 && suite !== undefined) {
      const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
      mkdirSync(`${target}/figures`, { recursive: true })
      const figures = { passed: this.passed, groups: this.#groups, ...this.#figures }
      writeFileSync(`${target}/figures/${suite}.json`, `${JSON.stringify(figures, null, 2)}\n`)
    }
    console.log(`${this.passed} passed, ${this.failed} failed`)
    process.exitCode = this.failed > 0 ? 1 : 0
  }
}
