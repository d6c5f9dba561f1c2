import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type InlineConfig, type Plugin, build as viteBuild } from 'vite'
import { base64 } from '../../dist/wasm/glue/core-bytes.js'
import { base64 as formats } from '../../dist/wasm/glue/formats-bytes.js'
import { type Browser, startChromium, startFirefox } from '../support/browser.js'
import { Consumer } from '../support/package.js'
import { Site } from '../support/site.js'
import type { Result } from './page.js'

const IMPORTS = JSON.stringify({
  imports: {
    tsutsumi: './node_modules/tsutsumi/dist/index.js',
    'tsutsumi/key-protect': './node_modules/tsutsumi/dist/key-protect.js',
    'tsutsumi/local': './node_modules/tsutsumi/dist/local.js',
    'tsutsumi/webcrypto': './node_modules/tsutsumi/dist/webcrypto.js',
  },
})

function page(script: string): string {
  return `<!doctype html><title>waiting</title>
<script type="importmap" nonce="map">${IMPORTS}</script>
<script type="module" src="./${script}"></script>`
}

const STRICT = "default-src 'none'; connect-src 'self'; script-src 'self' 'nonce-map'"

let consumer: Consumer
let site: Site

before(async () => {
  consumer = new Consumer()
  consumer.copy('examples/browser.html', 'browser.html')
  for (const name of ['page', 'csp', 'owner'])
    consumer.copy(`build/browser/${name}.js`, `${name}.js`)
  consumer.write('page.html', page('page.js'))
  consumer.write('allowed.html', page('csp.js'))
  consumer.write('forbidden.html', page('csp.js'))
  consumer.write('index.html', '<!doctype html><script type="module" src="/page.js"></script>')
  const config: InlineConfig = {
    root: consumer.folder,
    configFile: false,
    logLevel: 'error',
    build: { outDir: 'built', target: 'es2022' },
  }
  await viteBuild(config)
  site = new Site(consumer.folder)
  site.policies.set(
    '/allowed.html',
    `${STRICT} 'wasm-unsafe-eval'; require-trusted-types-for 'script'`,
  )
  site.policies.set('/forbidden.html', STRICT)
  await site.start()
})
after(async () => {
  await site?.stop()
  consumer?.remove()
})

for (const [name, start] of [
  ['Chromium', startChromium],
  ['Firefox', startFirefox],
] as const) {
  describe(name, () => {
    let browser: Browser

    before(async () => {
      browser = await start()
    })
    after(() => browser?.close())

    async function results(url: string): Promise<readonly Result[]> {
      await browser.open(url)
      return browser.until<Result[]>('window.results')
    }

    it('runs a page with an import map, case by case', async (test) => {
      const all = await results(`${site.url}/page.html`)
      assert.ok(all.length >= 13)
      for (const { name, failure } of all) {
        await test.test(name, () => assert.equal(failure, undefined))
      }
      assert.equal(site.redirected, 0)
      test.diagnostic(browser.name)
    })

    it('runs what Vite made of the same page, case by case', async (test) => {
      const built = new Site(consumer.file('built'))
      await built.start()
      try {
        const all = await results(`${built.url}/index.html`)
        assert.ok(all.length >= 13)
        for (const { name, failure } of all) {
          await test.test(name, () => assert.equal(failure, undefined))
        }
      } finally {
        await built.stop()
      }
    })

    it('runs the lines of the README as they stand', async () => {
      await browser.open(`${site.url}/browser.html`)
      await browser.until('document.querySelector("input").onchange')
      const file = consumer.write('chosen.txt', 'x'.repeat(1_000))
      await browser.choose(file)
      const said = await browser.until<string>(
        '/.*became.*/.exec(document.querySelector("output").value)?.[0]',
      )
      assert.match(said, /^1000 bytes became 1[4-9]\d\d$/)
    })

    it('runs under a strict policy that allows WebAssembly', async () => {
      await browser.open(`${site.url}/allowed.html`)
      const title = await browser.until<string>('document.title !== "waiting" && document.title')
      assert.equal(title, 'both: order 17, order 17')
    })

    it('names the directive that is missing where WebAssembly is forbidden', async () => {
      await browser.open(`${site.url}/forbidden.html`)
      const title = await browser.until<string>('document.title !== "waiting" && document.title')
      assert.match(title, /^webcrypto alone: order 17; ERR_STATE: .*'wasm-unsafe-eval'.*webcrypto/)
    })
  })
}

describe('a bundle', () => {
  /** What Vite makes of a few lines. */
  // Vite's helper, which loads ahead what a chunk will import, is none of our weight.
  const withoutHelper: Plugin = {
    name: 'without-helper',
    enforce: 'pre',
    load: (id) =>
      id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load()' : null,
  }

  // What a page loads at once, and what it loads when it first needs it.
  async function bundle(code: string): Promise<{ readonly first: string; readonly all: string }> {
    consumer.write('small.js', code)
    const built = await viteBuild({
      root: consumer.folder,
      configFile: false,
      logLevel: 'error',
      plugins: [withoutHelper],
      build: { write: false, rollupOptions: { input: consumer.file('small.js') } },
    })
    const [output] = Array.isArray(built) ? built : [built]
    assert.ok(output && 'output' in output)
    const chunks = output.output.filter((file) => file.type === 'chunk')
    // What only later chunks share is in a chunk of its own, which is not loaded at once either.
    const atOnce = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
    for (const name of atOnce) {
      const found = chunks.find(({ fileName }) => fileName === name)
      for (const other of found?.imports ?? []) atOnce.add(other)
    }
    const first = chunks.filter(({ fileName }) => atOnce.has(fileName))
    const [code1, code2] = [first, chunks].map((some) => some.map(({ code }) => code).join(''))
    return { first: code1 ?? '', all: code2 ?? '' }
  }

  it('of a page without the embedded service does not have it', async () => {
    const page = await bundle("import { Envelope } from 'tsutsumi'\nconsole.log(Envelope)\n")
    assert.ok(!page.all.includes('ownerApiKey'))
    assert.ok(!page.all.includes('bluemix-instance'))
    assert.ok(page.first.includes(base64), 'the core is in it')
    assert.ok(!page.first.includes(formats), 'the other module waits until it is needed')
    assert.ok(page.all.includes(formats), 'the control: it is there')
    const whole = await bundle(
      "import { embeddedKeyProtect } from 'tsutsumi/local'\nembeddedKeyProtect()\n",
    )
    assert.ok(whole.all.includes('ownerApiKey'), 'the control has the service')
  })

  it('of the core and Key Protect weighs 60 KB at the most under gzip', async (test) => {
    const { first } = await bundle(
      `import { Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
console.log(Envelope, keyProtect)`,
    )
    const length = gzipSync(first, { level: 9 }).length
    test.diagnostic(`${first.length} bytes, ${length} under gzip`)
    assert.ok(length <= 60_000)
  })
})
