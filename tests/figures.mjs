// Writes the tables of tests/README.md: every claim, the files that prove it, and the figure.
//
// Figures come from the last runs of the suites (target/figures, target/bench) and from the sources
// of the tests; none is typed here. A claim whose file or figure is missing ends the program.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target')
const MIB = 1 << 20

function figures(file, made) {
  const path = join(target, file)
  if (!existsSync(path)) throw new Error(`no figures yet: run ${made}`)
  return JSON.parse(readFileSync(path, 'utf8'))
}

const interop = figures('figures/interop.json', 'node tests/interop/run.mjs')
const memory = figures('figures/memory.json', 'node tests/memory/run.mjs')
const bench = figures('bench/seal-open.json', 'node tests/bench/run.mjs')

function sourceOf(path) {
  const whole = join(root, path)
  if (!path.endsWith('/')) return readFileSync(whole, 'utf8')
  const files = readdirSync(whole).filter((name) => /\.(rs|ts)$/.test(name))
  return files.map((name) => readFileSync(join(whole, name), 'utf8')).join('\n')
}

// How many tests a file or folder has; a loop may make more of one.
function tests(...paths) {
  const sources = paths.map(sourceOf).join('\n')
  const found = sources.match(
    /^\s*(#\[(tokio::|wasm_bindgen_)?test\b|#\[wasm_bindgen_test|(it|test)\()/gm,
  )
  if (!found) throw new Error(`no test in ${paths}`)
  return `${found.length} tests`
}

// The numbers that a test asserts, which a pattern finds in its source.
function asserted(path, pattern) {
  const found = pattern.exec(sourceOf(path))
  if (!found) throw new Error(`${path} has no ${pattern}`)
  return found.slice(1)
}

function checks(pattern) {
  const groups = Object.entries(interop.groups).filter(([name]) => pattern.test(name))
  if (groups.length === 0) throw new Error(`no group is called ${pattern}`)
  return groups.reduce((sum, [, passed]) => sum + passed, 0).toLocaleString('en')
}

const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`

function vectorFigure() {
  const path = 'tests/vectors.rs'
  const [opened, refused] = asserted(path, /\(opened, refused, signed\), \((\d+), (\d+), \d+\)/)
  const [net, netRefused] = asserted(path, /\(opened, refused\), \((\d+), (\d+)\)/)
  const [python] = asserted(path, /assert_eq!\(opened, (\d+)\)/)
  const [all, no] = [
    Number(opened) + Number(net) + Number(python),
    Number(refused) + Number(netRefused),
  ]
  return `${all} opened, ${no} refused`
}

function residueFigure() {
  const { total, cases, careless, memories } = memory.residue
  const all = total + memory.sdkResidue.total
  const shows = careless.toLocaleString('en')
  return `${all} bytes in ${cases + memory.sdkResidue.cases} cases, ${memories} memories of the \
core compared; careless use shows ${shows}`
}

function streamFigure() {
  const { mebibytes, before, peak, wasm } = memory.stream
  return `${mebibytes} MiB: core ${mib(before.wasm)} before and ${mib(wasm)} after, process \
${mib(before.rss)} before and ${mib(peak)} at its peak`
}

const CLAIMS = [
  [
    'Messages of ours are opened by the official AWS Encryption SDKs for Python and Node.js.',
    ['tests/interop/run.mjs'],
    `${checks(/^(npm package|native core)(, streams)? → /)} messages, each by every key in it`,
  ],
  [
    'So are those under a root key of Key Protect, through keyrings that call the service.',
    ['tests/interop/python/key_protect.py', 'tests/interop/client-node.mjs'],
    `${checks(/^npm package, Key Protect → /)} messages`,
  ],
  [
    'Messages of theirs are opened by us, natively, whole in WebAssembly, and as streams.',
    ['tests/interop/run.mjs'],
    `${checks(/^(Python|client-node).* → /)} messages`,
  ],
  [
    'Theirs are refused, with the right code, once a bit, length, key, context or suite is wrong.',
    ['tests/interop/refusals.mjs'],
    `${checks(/ refuses (what )?(Python|client-node)/)} checks`,
  ],
  [
    'Key tables and records go to the AWS Encryption SDK and Tink for Python, and come from them.',
    ['tests/interop/tables.mjs'],
    `${checks(/^tables of /)} random tables`,
  ],
  [
    'Every flipped bit and cut of a record is refused, and keysets with anything wrong in them.',
    ['tests/records.rs', 'tests/tables.rs', 'js/test/records.test.ts', 'js/test/table.test.ts'],
    tests(
      'tests/records.rs',
      'tests/tables.rs',
      'js/test/records.test.ts',
      'js/test/table.test.ts',
    ),
  ],
  [
    'Published messages are opened, or refused, as their publishers say.',
    ['tests/vectors.rs'],
    vectorFigure(),
  ],
  [
    'Every flipped bit, cut, extension and reordering of a message of ours is refused.',
    ['tests/refusals.rs', 'js/test/altered-message.test.ts'],
    tests('tests/refusals.rs', 'js/test/altered-message.test.ts'),
  ],
  [
    'No byte made from a key or plaintext stays in the core once that is disposed of.',
    ['tests/memory/residue.mjs'],
    residueFigure(),
  ],
  [
    'After a trap the memory is overwritten and the next call works.',
    ['js/test/trap.test.ts'],
    tests('js/test/trap.test.ts'),
  ],
  ['Streams of any length take constant memory.', ['tests/memory/streams.mjs'], streamFigure()],
  [
    'So does one huge chunk, used up piece by piece.',
    ['tests/memory/streams.mjs'],
    `${memory.hugeChunk.mebibytes} MiB: ${mib(memory.hugeChunk.grown)} more`,
  ],
  [
    'A slow reader slows the source down.',
    ['tests/memory/streams.mjs'],
    `at most ${memory.inFlight} chunks under way`,
  ],
  [
    'A stream that is aborted, cancelled or failing leaves nothing running and nothing held.',
    ['tests/memory/streams.mjs', 'js/test/streams.test.ts'],
    `${memory.givenUp.count} streams given up: ${memory.givenUp.grown} bytes more in the core`,
  ],
  [
    'The core works in Chromium and in Firefox, over HTTP with a real service too.',
    ['tests/wasm/'],
    `${tests('tests/wasm/')} in each`,
  ],
  [
    'A key service that is down, slow, wrong or hostile shows as one documented code.',
    ['js/test/key-protect-faults.test.ts', 'js/test/key-protect-time.test.ts'],
    tests('js/test/key-protect-faults.test.ts', 'js/test/key-protect-time.test.ts'),
  ],
  [
    'The root-key service answers as Key Protect does, and keeps its keys to itself.',
    ['crates/service/tests/api/'],
    tests('crates/service/tests/api/'),
  ],
]

function claimTable() {
  const rows = CLAIMS.map(([claim, files, figure]) => {
    const links = files.map((file) => {
      if (!existsSync(join(root, file))) throw new Error(`${file} is missing`)
      const path = file.startsWith('tests/') ? file.slice('tests/'.length) : `../${file}`
      return `[${file.replace(/\/$/, '')}](${path})`
    })
    return `| ${claim} | ${links.join(', ')} | ${figure} |`
  })
  return ['| claim | proved by | figure |', '|---|---|---|', ...rows].join('\n')
}

const micros = (value) => (value < 10 ? value.toFixed(1) : value.toFixed(0))

function benchTable() {
  const rows = []
  for (const [group, works] of Object.entries(bench.results)) {
    for (const [work, table] of Object.entries(works)) {
      const columns = Object.values(table)
      const names = Object.keys(columns[0])
      const ours = columns.map((column) => column[names[0]].best_us)
      for (const name of names) {
        const cells = columns.map((column, at) => {
          const { best_us } = column[name]
          return name === names[0] ? `${micros(best_us)} µs` : `×${(best_us / ours[at]).toFixed(2)}`
        })
        rows.push(`| ${group}, ${work} | ${name} | ${cells.join(' | ')} |`)
      }
    }
  }
  const lengths = Object.keys(Object.values(Object.values(bench.results)[0])[0])
  const head = `| | | ${lengths.join(' | ')} |\n|---|---|${'---|'.repeat(lengths.length)}`
  const { node, processors, processor } = bench.machine
  const about = `Best of ${bench.rounds} rounds, Node.js ${node}, ${processors} × ${processor}:`
  return [about, '', head, ...rows].join('\n')
}

function recordTable() {
  const rows = []
  for (const [work, table] of Object.entries(bench.records)) {
    for (const [name, { best_us }] of Object.entries(table)) {
      const ratio = best_us / table.tsutsumi.best_us
      const rate = (Math.round(1e3 / best_us) * 1e3).toLocaleString('en')
      rows.push(`| ${work} | ${name} | ${micros(best_us)} µs | ${rate} | ×${ratio.toFixed(2)} |`)
    }
  }
  const head = '| | | a record | a second | against one by one |\n|---|---|---|---|---|'
  return [head, ...rows].join('\n')
}

function fill(text, name, content) {
  const [start, end] = [`<!-- ${name}: written by tests/figures.mjs -->`, `<!-- end of ${name} -->`]
  const [from, to] = [text.indexOf(start), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`tests/README.md has no place for ${name}`)
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`
}

const path = join(here, 'README.md')
let text = readFileSync(path, 'utf8')
text = fill(text, 'claims', claimTable())
text = fill(text, 'benchmark', benchTable())
text = fill(text, 'records', recordTable())
writeFileSync(path, text)
console.log('tests/README.md is up to date')
