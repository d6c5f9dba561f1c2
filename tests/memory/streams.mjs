// Streams in constant memory: each measurement in a process of its own with a small heap.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CHILD = fileURLToPath(new URL('streams/child.mjs', import.meta.url))
const FLAGS = ['--expose-gc', '--max-old-space-size=64']
const MIB = 1 << 20

// What garbage the platform's own buffers may make between two collections, whatever the length.
const RSS_GROWTH_MAX = 64 * MIB
const WASM_MAX = 2 * MIB
// Between a source and a sink: one in each of the queues of two pairs of streams, and one in work.
const IN_FLIGHT_MAX = 6

const RUN_LIMIT_MS = 10 * 60_000
const END_LIMIT_MS = 3000

const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`

function within(promise, limit_ms, otherwise) {
  let timer
  const late = new Promise((done) => {
    timer = setTimeout(() => done(otherwise), limit_ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// Runs the child; `ends` says whether it ended by itself soon after it had printed its line.
async function run(...args) {
  const child = spawn(process.execPath, [...FLAGS, CHILD, ...args.map(String)])
  let errors = ''
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-4000)
  })
  const closed = new Promise((done) => child.once('close', (code) => done({ code })))
  const line = new Promise((done) => createInterface({ input: child.stdout }).once('line', done))
  try {
    const first = await within(Promise.race([line, closed]), RUN_LIMIT_MS, undefined)
    if (typeof first !== 'string') throw new Error(`${args.join(' ')}: no result: ${errors}`)
    const end = await within(closed, END_LIMIT_MS, undefined)
    if (end !== undefined && end.code !== 0) throw new Error(`${args.join(' ')}: ${errors}`)
    return { ...JSON.parse(first), ends: end !== undefined }
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL')
  }
}

function expect(condition, otherwise) {
  if (!condition) throw new Error(otherwise)
}

function judgeConstant({ before, peak, wasm, whole }) {
  expect(whole, 'other bytes came out')
  expect(wasm === before.wasm, `the core's memory grew from ${before.wasm} to ${wasm} bytes`)
  expect(wasm <= WASM_MAX, `the core's memory is ${mib(wasm)}`)
  const grown = peak - before.rss
  expect(grown <= RSS_GROWTH_MAX, `the process grew by ${mib(grown)}`)
}

function judgeHuge({ mebibytes, grown, whole }) {
  expect(whole, 'other bytes came out')
  expect(grown <= RSS_GROWTH_MAX, `the process grew by ${mib(grown)} over ${mebibytes} MiB`)
}

const judgeSlow = ({ most }) => expect(most <= IN_FLIGHT_MAX, `${most} chunks were under way`)

const judgeMany = ({ grown }) => expect(grown === 0, `the core's memory grew by ${grown} bytes`)

function judgeEnd({ reason, more, ends }) {
  expect(reason === 'enough', `failed with ${reason}`)
  expect(more === 0, `${more} chunks were taken after the end`)
  expect(ends, 'the process does not end by itself')
}

function trips(judge, result) {
  try {
    judge(result)
  } catch {
    return
  }
  throw new Error(`nothing was noticed: ${JSON.stringify(result)}`)
}

async function constantMemory(report, mebibytes) {
  await report.group('streams in constant memory', async (check) => {
    const result = await run('constant', mebibytes)
    const speed = ((mebibytes * MIB) / 1e6 / result.seconds).toFixed(1)
    const { before, peak, wasm } = result
    report.figure('stream', { mebibytes, speed, before, peak, wasm })
    console.log(`${mebibytes} MiB through encryptStream and decryptStream, one after the other:`)
    console.log(`  core's memory  ${mib(before.wasm)} before, ${mib(wasm)} after`)
    console.log(`  process (RSS)  ${mib(before.rss)} before, ${mib(peak)} at its peak`)
    console.log(`  speed          ${speed} MB/s sealed and opened again, in one thread`)
    await check(`${mebibytes} MiB`, () => judgeConstant(result))
    await check('the process ends by itself', () => expect(result.ends, 'it does not'))
    const hoard = await run('constant', 256, 'hoard')
    console.log(`  control: a sink that keeps 256 MiB shows as ${mib(hoard.peak)}`)
    await check('control: a sink that keeps everything', () => trips(judgeConstant, hoard))
  })
}

async function oneChunk(report) {
  await report.group('one huge chunk, piece by piece', async (check) => {
    const result = await run('huge', 128)
    report.figure('hugeChunk', { mebibytes: 128, grown: result.grown })
    console.log(`one chunk of 128 MiB: the process grew by ${mib(result.grown)}`)
    await check('128 MiB', () => judgeHuge(result))
    const hoard = await run('huge', 128, 'hoard')
    await check('control: a reader that keeps everything', () => trips(judgeHuge, hoard))
  })
}

async function backPressure(report) {
  await report.group('back-pressure under a slow reader', async (check) => {
    const result = await run('slow', 1)
    report.figure('inFlight', result.most)
    console.log(`slow reader: at most ${result.most} chunks of 64 KiB between source and sink`)
    await check('a slow reader', () => judgeSlow(result))
    const queue = await run('slow', 50)
    await check(`control: a queue of 50, ${queue.most} chunks`, () => trips(judgeSlow, queue))
  })
}

const ENDS = [
  'signal of the streams',
  'signal of the pipe',
  'cancel of the reader',
  'failure of the sink',
  'failure of the source',
]

async function earlyEnds(report) {
  await report.group('streams that end early leave nothing running', async (check) => {
    for (const how of ENDS) await check(how, async () => judgeEnd(await run('ended', how)))
    const left = await run('ended', 'control: something is left running')
    await check('control: a timer that nobody stops', () => trips(judgeEnd, left))
    const many = await run('many', 1000)
    report.figure('givenUp', { count: 1000, grown: many.grown })
    console.log(`1000 streams given up: the core's memory grew by ${many.grown} bytes`)
    await check('1000 streams given up', () => judgeMany(many))
    const kept = await run('many', 100, 'keep')
    await check('control: 100 streams left open', () => trips(judgeMany, kept))
  })
}

/** Adds the groups to the report and prints the figures. */
export async function streams(report, mebibytes) {
  await constantMemory(report, mebibytes)
  await oneChunk(report)
  await backPressure(report)
  await earlyEnds(report)
}
