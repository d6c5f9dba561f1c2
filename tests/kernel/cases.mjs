// What every engine is asked: runs in Node.js, in Bun and in pages, so without any of their own.

// Around every switch point: 32, 64, 96, 128 bytes and blocks are among the first; these are the
// chunk, and where more powers of the hash key are made.
const SWITCHES = [1536, 2048, 4096, 4192, 8192, 8288, 16_384, 20_000, 65_536]
const FIRST = 1101
const NEAR = 17

/** Runs all cases; returns what came of each part. */
export function cases(module) {
  const { exports } = new WebAssembly.Instance(module)
  const each = exports.cases()
  const parts = [
    { name: `lengths 0 to ${FIRST - 1}`, count: FIRST * each, differ: all(exports, 0, FIRST) },
    { name: 'Wycheproof', count: 66, differ: 66 - exports.wycheproof() },
    { name: 'the last counters', count: 60, differ: exports.late_disagreements() },
  ]
  for (const at of SWITCHES) {
    const [from, to] = [at - NEAR, at + NEAR + 1]
    parts.push({ name: `${at} bytes`, count: (to - from) * each, differ: all(exports, from, to) })
  }
  const flaws = [1, 2].map((flaw) => exports.disagreements(1, 40, flaw))
  const noticed = flaws.every((count) => count === 39 * each)
  parts.push({ name: 'control: two flaws', count: 2, differ: noticed ? 0 : 2 })
  return parts
}

function all(exports, from, to) {
  return exports.disagreements(from, to, 0)
}
