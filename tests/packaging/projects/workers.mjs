// Workers: built as one file, as Vite builds workers unless it is told otherwise, and as modules.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../support/consumer.mjs'
import { openFiles } from '../weigh.mjs'
import { library } from './bundlers.mjs'

const WEB = (options) => `const worker = new Worker('./worker.js', ${options})
worker.onmessage = ({ data }) => { window.results = data }
worker.onerror = ({ message }) => { window.results = [{ name: 'worker', failure: message }] }
worker.postMessage('run')`

const SERVICE = (options) => `const fail = (error) => {
  window.results = [{ name: 'service worker', failure: String(error) }]
}
navigator.serviceWorker.register('./worker.js', ${options}).catch(fail)
const { active } = await navigator.serviceWorker.ready
navigator.serviceWorker.onmessage = ({ data }) => { window.results = data }
active.postMessage('run')`

async function bundled(folder, out, format) {
  const { build } = await library('vite', join(ROOT, 'js'))
  await build({
    ...{ root: folder, configFile: false, logLevel: 'error' },
    build: {
      ...{ outDir: out, emptyOutDir: true, target: 'es2022', minify: true },
      lib: { entry: join(folder, 'worker.mjs'), formats: [format], name: 'worker' },
      rolldownOptions: { output: { entryFileNames: 'worker.js', chunkFileNames: '[name].js' } },
    },
  })
}

function worker(name, format, script) {
  return async ({ folder, browser }) => {
    const out = join(folder, 'built', name)
    mkdirSync(out, { recursive: true })
    await bundled(folder, out, format)
    const page = `<!doctype html><title>${name}</title><script type="module">${script}</script>`
    writeFileSync(join(out, 'index.html'), page)
    const { value } = await openFiles(browser, out, 'window.results')
    return { results: value }
  }
}

export const LIGHT = {
  'classic worker': worker('classic-worker', 'iife', WEB('{}')),
  'module worker': worker('module-worker', 'es', WEB("{ type: 'module' }")),
  'service worker': worker('service-worker', 'iife', SERVICE('{}')),
}
