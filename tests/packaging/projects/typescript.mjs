// A program in TypeScript: checked strictly under each way of finding modules, and run.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../../support/consumer.mjs'

const run = promisify(execFile)
const TSC = join(ROOT, 'js/node_modules/typescript/bin/tsc')
const WAYS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}

function project(folder, way, source) {
  const place = join(folder, `typescript-${way}`)
  mkdirSync(place, { recursive: true })
  copyFileSync(join(ROOT, 'tests/packaging', source), join(place, 'program.ts'))
  const lib = ['ES2022', 'DOM', 'DOM.Iterable', 'ESNext.Disposable']
  const strict = { strict: true, exactOptionalPropertyTypes: true, noImplicitAny: true }
  const options = { ...WAYS[way], ...strict, lib, types: [], target: 'es2022' }
  const config = { compilerOptions: { ...options, outDir: 'out' }, files: ['program.ts'] }
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config))
  return place
}

function typescript(way) {
  return async ({ folder, check }) => {
    const place = project(folder, way, 'program.ts')
    await run(process.execPath, [TSC, '-p', place])
    const { stdout } = await run(process.execPath, [join(place, 'out/program.js')])
    check(stdout === 'order 17 acme 4242 2\n', `it says ${stdout}`)
    const wrong = project(folder, way, 'wrong.ts')
    const said = await run(process.execPath, [TSC, '-p', wrong]).catch(({ stdout }) => ({ stdout }))
    const lines = said.stdout.split('\n').filter((line) => line.includes('error TS'))
    check(lines.length === 5, `the control: ${lines.length} of 5 mistakes are noticed`)
    return {}
  }
}

export const LIGHT = Object.fromEntries(
  Object.keys(WAYS).map((way) => [`TypeScript, ${way}`, typescript(way)]),
)
