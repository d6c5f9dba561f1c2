// Memory: streams of any length in constant memory, and no byte of a secret left behind.
//
// An argument sets how many mebibytes the long stream has; the default is 1024.
import { existsSync } from 'node:fs'

import { Report } from '../support/report.mjs'

const report = new Report()

const CHECKS_MIN = 160
const FULL = 1024
const mebibytes = Number(process.argv[2] ?? FULL)

try {
  for (const file of ['js/dist/index.js', 'pkg/core/core_bg.wasm']) {
    if (existsSync(new URL(`../../${file}`, import.meta.url))) continue
    throw new Error(`${file} is missing: build it with \`cargo xtask build\``)
  }
  // Only now: these modules import what the build makes.
  const { residues } = await import('./residue.mjs')
  const { streams } = await import('./streams.mjs')
  const { traces } = await import('./traces.mjs')
  await traces(report)
  await residues(report)
  await streams(report, mebibytes)
} catch (error) {
  await report.group('the run itself', () => {
    throw error
  })
}
// A shorter run's figures are not for the table of claims.
report.close(mebibytes >= FULL ? 'memory' : undefined, CHECKS_MIN)
