// Counts checks, prints one line for each group of them, and closes with `N passed, N failed`.

const SHOWN_FAILURES = 5

/** A run of groups of checks. */
export class Report {
  passed = 0
  failed = 0

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
    this.passed += passed
    this.failed += failures.length
  }

  /** Prints the closing line and sets the exit code. */
  close() {
    console.log(`${this.passed} passed, ${this.failed} failed`)
    process.exitCode = this.failed > 0 || this.passed === 0 ? 1 : 0
  }
}
