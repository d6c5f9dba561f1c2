// The SIMD cipher beside the `aes-gcm` crate, in one module: every length, and around every switch
// point, sealed and opened, in the engines of Node.js (V8), Firefox (SpiderMonkey) and Bun
// (JavaScriptCore).
import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { program } from '../runtimes/programs.mjs'
import { serve } from '../support/files.mjs'
import { Report } from '../support/report.mjs'
import { Browser } from '../support/webdriver.mjs'
import { build } from './build.mjs'
import { cases } from './cases.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const PARTS = 13

const PAGE = `<!doctype html><script type="module">
import { cases } from './cases.mjs'
const module = await WebAssembly.compileStreaming(fetch('./kernel.wasm'))
window.results = JSON.stringify(cases(module))
</script>`

const SCRIPT = `import { readFileSync } from 'node:fs'
import { cases } from './cases.mjs'
const module = new WebAssembly.Module(readFileSync('kernel.wasm'))
console.log(JSON.stringify(cases(module)))
`

async function inFirefox(folder) {
  const site = await serve(folder)
  const browser = await Browser.start('firefox')
  try {
    await browser.open(`${site.url}/index.html`)
    return JSON.parse(await browser.until('window.results'))
  } finally {
    await browser.close()
    await site.close()
  }
}

function inBun(folder) {
  let bun
  try {
    bun = program('bun')
  } catch (error) {
    console.log(`not in Bun: ${error.message}`)
    return undefined
  }
  return JSON.parse(execFileSync(bun, ['cases-in-bun.mjs'], { cwd: folder, encoding: 'utf8' }))
}

const report = new Report()
let compared = 0

try {
  const wasm = build()
  const folder = dirname(wasm)
  copyFileSync(join(here, 'cases.mjs'), join(folder, 'cases.mjs'))
  writeFileSync(join(folder, 'index.html'), PAGE)
  writeFileSync(join(folder, 'cases-in-bun.mjs'), SCRIPT)
  const engines = {
    'Node.js': () => cases(new WebAssembly.Module(readFileSync(wasm))),
    Firefox: () => inFirefox(folder),
    Bun: () => inBun(folder),
  }
  for (const [engine, run] of Object.entries(engines)) {
    const parts = await run()
    if (parts === undefined) continue
    await report.group(`the same bytes as the aes-gcm crate, in ${engine}`, async (check) => {
      await check('all parts', () => {
        if (parts.length !== PARTS) throw new Error(`${parts.length} parts instead of ${PARTS}`)
      })
      for (const { name, count, differ } of parts) {
        await check(`${name}, ${count} cases`, () => {
          if (differ > 0) throw new Error(`${differ} differ`)
        })
        compared += count
      }
    })
  }
  console.log(`${compared} cases compared`)
} catch (error) {
  await report.group('the run itself', () => {
    throw error
  })
}
report.figure('cases', compared)
report.close('kernel', 2 * (PARTS + 1))
