// The residue of secrets in the core's memory: what runs leave that differ in nothing but secrets.
//
// A search for a key in memory proves nothing: what stays is its expanded form, key stream and hash
// states. So the same is done in fresh instances with the same randomness, each with secrets of its
// own, and their memories are compared. A byte that differs is made from a secret, unless it is
// part of what was put out in public (slots and messages). Everything is also done carelessly, with
// nothing freed and nothing wiped: a comparison that does not notice that is worth nothing.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { derived } from './residue/derived.mjs'
import { RUNS, residue, shown } from './residue/diff.mjs'
import { Instance } from './residue/instance.mjs'
import { LIFTED, OBJECTS } from './residue/objects.mjs'
import { KEYS, MESSAGES, make } from './residue/scenarios.mjs'
import { SERVICE_KEYS } from './residue/service-keys.mjs'
import { RECORDS, TABLES } from './residue/tables.mjs'

const LENGTHS = [0, 1024, (1 << 20) + 1]
// By module; those of the first kind handle no plaintext, and are run for one length.
const SCENARIOS = {
  core: [KEYS, { ...MESSAGES, ...LIFTED }],
  formats: [
    { ...TABLES, ...SERVICE_KEYS },
    { ...RECORDS, ...OBJECTS },
  ],
}
const SDK_LENGTHS = [0, 1024, 200_000]
const SEEDS = Array.from({ length: RUNS }, (_, run) => `run ${run}`)

// A bare key has 32 bytes; whoever handles a message leaves more.
const CARELESS_MIN = 32
const CARELESS_MOST_MIN = 1000

async function sidesOf(length) {
  const side = async (seed) => {
    const secrets = {
      wrapping: derived(`wrapping ${seed}`, 32),
      data: derived(`data ${seed}`, 32),
      other: derived(`other ${seed}`, 32),
      plaintext: derived(`plaintext ${seed}`, length),
    }
    return { secrets, made: await make(secrets) }
  }
  return await Promise.all(SEEDS.map(side))
}

async function runCore({ module, scenario }, { secrets, made }, careless) {
  const instance = await Instance.start(careless, module)
  const put = scenario(instance, secrets, made)
  return { image: instance.image(), known: [made.slot, made.message, ...put] }
}

async function runSdk(seed, plaintextLength, careless) {
  const worker = new Worker(new URL('residue/sdk-worker.mjs', import.meta.url), {
    workerData: { seed, plaintextLength, careless },
  })
  const [{ image, known }] = await once(worker, 'message')
  await worker.terminate()
  return { image: Buffer.from(image), known }
}

/** Six runs as they should be and six careless ones, and what each six leave. */
async function measure(run) {
  const [careful, careless] = [[], []]
  for (const index of SEEDS.keys()) {
    careful.push(await run(index, false))
    careless.push(await run(index, true))
  }
  const places = residue(careful)
  return { places, image: careful[0].image, careless: residue(careless).length }
}

async function judge(check, name, { places, image, careless }) {
  const left = String(places.length).padStart(5)
  console.log(`  ${name.padEnd(42)} ${left}   careless ${String(careless).padStart(6)}`)
  await check(`${name}: ${places.length} bytes are left`, () => {
    if (places.length > 0) throw new Error(shown(places, image))
  })
  await check(`control: ${name}, careless`, () => {
    if (careless < CARELESS_MIN) throw new Error(`shows only ${careless} bytes`)
  })
}

function* scenariosFor(length) {
  for (const [module, [keys, others]] of Object.entries(SCENARIOS)) {
    for (const [name, scenario] of Object.entries(length === 0 ? keys : {})) {
      yield { name, module, scenario }
    }
    for (const [name, scenario] of Object.entries(others)) {
      yield { name: `${name}, ${length} B`, module, scenario }
    }
  }
}

async function coreResidues(report) {
  await report.group("bytes of secrets left in the core's memory", async (check) => {
    console.log(`bytes made from secrets that ${RUNS} runs leave in the core's memory:`)
    let [total, cases, careless] = [0, 0, 0]
    for (const length of LENGTHS) {
      const sides = await sidesOf(length)
      for (const { name, ...what } of scenariosFor(length)) {
        const measured = await measure((run, reckless) => runCore(what, sides[run], reckless))
        await judge(check, name, measured)
        total += measured.places.length
        careless = Math.max(careless, measured.careless)
        cases += 1
      }
    }
    report.figure('residue', { total, cases, careless, memories: cases * RUNS })
    console.log(`  residue: ${total} bytes in ${cases} cases, ${cases * RUNS} memories compared`)
    await check('control: carelessness shows', () => {
      if (careless < CARELESS_MOST_MIN) throw new Error(`as only ${careless} bytes`)
    })
  })
}

async function sdkResidues(report) {
  await report.group('the same after the npm package', async (check) => {
    console.log('the same after the npm package, every key of it disposed of:')
    let total = 0
    for (const length of SDK_LENGTHS) {
      const measured = await measure((run, reckless) => runSdk(SEEDS[run], length, reckless))
      await judge(check, `the whole job, ${length} B`, measured)
      total += measured.places.length
    }
    report.figure('sdkResidue', { total, cases: SDK_LENGTHS.length })
  })
}

/** Adds two groups to the report and prints the figures. */
export async function residues(report) {
  await coreResidues(report)
  await sdkResidues(report)
}
