// Timing: every job in short slices, all jobs in turn, so that what else the machine does hits all.

const SLICE_MS = 6
const CALIBRATIONS = 5

async function timed(job, n) {
  await job.prepare?.(n)
  const started = performance.now()
  await job.run(n)
  return performance.now() - started
}

// How often a job fits a slice, by the fastest of several tries: one hiccup must not decide it.
async function calibrate(job) {
  let n = 1
  for (;;) {
    const times = []
    for (let i = 0; i < CALIBRATIONS; i++) times.push(await timed(job, n))
    const fastest = Math.min(...times)
    if (fastest >= SLICE_MS / 4 || n >= 1 << 16) {
      return Math.max(1, Math.round((n * SLICE_MS) / Math.max(fastest, 0.001)))
    }
    n *= 4
  }
}

/** The p-th part of sorted numbers. */
export function quantile(numbers, p) {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))]
}

/**
 * Measures jobs in turn.
 *
 * @param {Record<string, { run: Function, prepare?: Function }>} jobs
 * @param {number} rounds - Slices for each job.
 * @returns For each job its microseconds a run, slice by slice.
 */
export async function measure(jobs, rounds) {
  const entries = []
  for (const [name, job] of Object.entries(jobs)) {
    entries.push({ name, job, n: await calibrate(job), micros: [] })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { job, n, micros } of entries) micros.push(((await timed(job, n)) * 1000) / n)
  }
  return Object.fromEntries(entries.map(({ name, micros }) => [name, micros]))
}

/** Best, median and spread of a job, and of its ratio to another one, round by round. */
export function summary(micros, base) {
  const ratios = micros.map((value, round) => value / base[round])
  return {
    best_us: Math.min(...micros),
    median_us: quantile(micros, 0.5),
    ratio: quantile(ratios, 0.5),
    ratio_p10: quantile(ratios, 0.1),
    ratio_p90: quantile(ratios, 0.9),
  }
}
