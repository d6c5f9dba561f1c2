// Vite's development server, which serves sources as they are and bundles packages beforehand.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../support/consumer.mjs'
import { openPage } from '../weigh.mjs'
import { library } from './bundlers.mjs'

async function run({ folder, browser }) {
  const { createServer } = await library('vite', join(ROOT, 'js'))
  const page = '<!doctype html><title>dev</title><script type="module" src="/page.mjs"></script>'
  writeFileSync(join(folder, 'dev.html'), page)
  const server = { port: 0, host: '127.0.0.1', hmr: false, watch: null }
  const cacheDir = join(folder, '.vite-dev')
  const vite = await createServer({
    ...{ root: folder, configFile: false, logLevel: 'error', appType: 'mpa', cacheDir, server },
  })
  try {
    await vite.listen()
    const { port } = vite.httpServer.address()
    const { value } = await openPage(browser, `http://127.0.0.1:${port}/dev.html`, 'window.results')
    return { results: value }
  } finally {
    await vite.close()
  }
}

export const LIGHT = { 'vite dev': run }
