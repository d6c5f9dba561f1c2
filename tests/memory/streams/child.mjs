// One measurement or one end of a stream, in a process of its own; prints one line of JSON.
//
// Nothing here calls `process.exit`: a process that does not end by itself is what the parent looks
// for after an abort.
import { setTimeout as sleep } from 'node:timers/promises'

import { CHUNK, digestOf, Meter, sink, source, through, wasmBytes } from './pipeline.mjs'

const MIB = 1 << 20

const print = (result) => process.stdout.write(`${JSON.stringify(result)}\n`)

async function settle() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await sleep(20)
  }
}

async function flow(mebibytes, hoard) {
  const chunks = (mebibytes * MIB) / CHUNK
  const meter = new Meter()
  const kept = []
  let peak = 0
  const delay = () => {
    if (meter.out % 64 === 0) peak = Math.max(peak, process.memoryUsage.rss())
  }
  const collector = new TransformStream({
    transform(chunk, controller) {
      if (hoard) kept.push(chunk)
      controller.enqueue(chunk)
    },
  })
  const started = performance.now()
  await through(source(chunks, meter)).pipeThrough(collector).pipeTo(sink(meter, delay))
  const seconds = (performance.now() - started) / 1000
  return { peak, seconds, kept: kept.length, digest: meter.digest() }
}

// Constant memory: `mebibytes` through both directions, after a warm-up.
async function constant(mebibytes, hoard) {
  await flow(32, false)
  await settle()
  const before = { rss: process.memoryUsage.rss(), wasm: wasmBytes() }
  const { peak, seconds, kept, digest } = await flow(mebibytes, hoard)
  const wasm = wasmBytes()
  const whole = digest === digestOf((mebibytes * MIB) / CHUNK)
  print({ mebibytes, seconds, before, peak, wasm, kept, whole })
}

// Back-pressure: how many chunks are between a source that always has more and a slow reader.
async function slow(highWaterMark) {
  const meter = new Meter()
  const queue = new TransformStream(
    {},
    { highWaterMark },
    { highWaterMark: Math.max(0, highWaterMark - 1) },
  )
  const readable = source(200, meter).pipeThrough(queue)
  await through(readable).pipeTo(sink(meter, () => sleep(2)))
  print({ most: meter.most, into: meter.into, out: meter.out })
}

// One chunk of many mebibytes is used up piece by piece, as the reader asks.
async function huge(mebibytes, hoard) {
  await flow(32, false)
  await settle()
  const chunk = new Uint8Array(mebibytes * MIB).fill(1)
  const before = process.memoryUsage.rss()
  const kept = []
  let [peak, out] = [0, 0]
  const readable = new ReadableStream({
    start(controller) {
      controller.enqueue(chunk)
      controller.close()
    },
  })
  for await (const part of through(readable)) {
    if (hoard) kept.push(part)
    out += part.length
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  print({ mebibytes, grown: peak - before, whole: out === mebibytes * MIB, kept: kept.length })
}

const endless = (meter) => source(Number.POSITIVE_INFINITY, meter)

const reasonOf = (promise) => promise.then(() => 'no failure', String)

const ENDS = {
  async 'signal of the streams'(meter) {
    const stop = new AbortController()
    const piped = through(endless(meter), stop.signal).pipeTo(
      sink(meter, () => meter.out > 100 && stop.abort('enough')),
    )
    return await reasonOf(piped)
  },

  async 'signal of the pipe'(meter) {
    const stop = new AbortController()
    const target = sink(meter, () => meter.out > 100 && stop.abort('enough'))
    return await reasonOf(through(endless(meter)).pipeTo(target, { signal: stop.signal }))
  },

  async 'cancel of the reader'(meter) {
    const reader = through(endless(meter)).getReader()
    for (let i = 0; i < 100; i++) await reader.read()
    await reader.cancel('enough')
    return 'enough'
  },

  async 'failure of the sink'(meter) {
    const target = sink(meter, () => (meter.out > 100 ? Promise.reject('enough') : undefined))
    return await reasonOf(through(endless(meter)).pipeTo(target))
  },

  async 'failure of the source'(meter) {
    let made = 0
    const readable = new ReadableStream({
      pull(controller) {
        if (made++ > 100) controller.error('enough')
        else controller.enqueue(new Uint8Array(CHUNK))
      },
    })
    return await reasonOf(through(readable).pipeTo(sink(meter)))
  },

  // What the parent has to notice: a timer that nobody stops.
  async 'control: something is left running'() {
    setInterval(() => {}, 1000)
    return 'enough'
  },
}

// Ends a pipeline early, waits a little, and reports whether anything went on.
async function ended(how) {
  const meter = new Meter()
  const reason = await ENDS[how](meter)
  const { into } = meter
  await sleep(100)
  print({ reason, more: meter.into - into })
}

// Many streams given up: an opener or a sealer that stays costs the core's memory up to a frame.
async function many(count, giveUp) {
  const open = []
  const round = async () => {
    const meter = new Meter()
    const reader = through(endless(meter)).getReader()
    await reader.read()
    if (giveUp) await reader.cancel('enough')
    else open.push(reader)
  }
  for (let i = 0; i < 50; i++) await round()
  const before = wasmBytes()
  for (let i = 0; i < count; i++) await round()
  print({ count, grown: wasmBytes() - before, open: open.length })
}

const [what, ...args] = process.argv.slice(2)
const actions = {
  constant: () => constant(Number(args[0]), args[1] === 'hoard'),
  slow: () => slow(Number(args[0])),
  huge: () => huge(Number(args[0]), args[1] === 'hoard'),
  ended: () => ended(args[0]),
  many: () => many(Number(args[0]), args[1] !== 'keep'),
}
await actions[what]()
