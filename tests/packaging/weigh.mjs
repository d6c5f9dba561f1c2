// What a page loads: opened in Chromium, weighed, and searched for what must not be in it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from '../support/consumer.mjs'
import { serve } from '../support/files.mjs'

// The embedded service, and what a page has no use for.
const ABSENT = ['ownerApiKey', 'process.env', 'Buffer.from', 'node:', 'require("', ROOT]

/** The modules as text, as the installed package has them. */
export function modulesOf(folder) {
  const base64 = (name) => {
    const path = join(folder, 'node_modules/tsutsumi/dist/wasm/glue', `${name}-bytes.js`)
    return /'([\w+/=]{1000,})'/.exec(readFileSync(path, 'utf8'))[1]
  }
  return { core: base64('core'), formats: base64('formats') }
}

/** Opens a page of files; returns an expression's value, and the scripts loaded by then. */
export async function openFiles(browser, out, expression, path = '/') {
  const site = await serve(out)
  try {
    await browser.open(site.url + path)
    const value = await browser.until(expression)
    const loaded = site.served.filter(({ path: file }) => /\.m?js$/.test(file))
    return { value, loaded: loaded.map(({ bytes }) => bytes.toString()).join('\n') }
  } finally {
    await site.close()
  }
}

/** Opens a page of a running server; returns the same. */
export async function openPage(browser, url, expression) {
  await browser.open(url)
  const value = await browser.until(expression)
  const entries = await browser.until(
    `performance.getEntriesByType('resource').map(({ name }) => name)`,
  )
  const names = entries.filter((name) => /\.m?js/.test(name))
  const loaded = await Promise.all(names.map(async (name) => (await fetch(name)).text()))
  return { value, loaded }
}

/** Weighs the scripts of the smallest page, and looks for what must not be in them. */
export function weigh(scripts, modules, check) {
  check(scripts.includes(modules.core), 'the core is not in the page')
  check(!scripts.includes(modules.formats), 'the other module is loaded before it is needed')
  for (const text of ABSENT) check(!scripts.includes(text), `the page has \`${text}\` in it`)
  return { raw: scripts.length, gzip: gzipSync(scripts, { level: 9 }).length }
}
