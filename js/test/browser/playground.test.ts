import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type UserConfig, build as viteBuild } from 'vite'
import { type Browser, startChromium, startFirefox } from '../support/browser.js'
import { Site } from '../support/site.js'

const WWW = fileURLToPath(new URL('../../../www', import.meta.url))
const TEXT = (id: string): string => `document.getElementById('${id}').textContent`
const CLICK = (id: string): string => `document.getElementById('${id}').click()`
const VERDICT = (say: string): string =>
  `document.getElementById('verdict').textContent.includes('${say}')`

async function act(browser: Browser, script: string): Promise<void> {
  await browser.until(`(() => { ${script}; return true })()`)
}

for (const [name, start] of Object.entries({ chromium: startChromium, firefox: startFirefox })) {
  describe(`the playground in ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-www-'))
    const site = new Site(folder)
    let browser: Browser

    before(async () => {
      const { config } = (await import(pathToFileURL(join(WWW, 'site.mjs')).href)) as {
        readonly config: UserConfig
      }
      await viteBuild({ ...config, build: { ...config.build, outDir: folder } })
      await site.start()
      browser = await start()
      await browser.open(`${site.url}/index.html`)
      await browser.until(`document.documentElement.dataset.ready === 'yes'`)
    })

    after(async () => {
      await browser?.close()
      await site.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    it('seals its sample at once, opens it, and annotates every byte', async () => {
      await browser.until(VERDICT('Opened'))
      assert.match(await browser.until<string>(TEXT('verdict')), /Pay 42\.00 to Hanako/)
      const names = await browser.until<string>(TEXT('fields'))
      for (const field of ['version', 'key commitment', 'header tag', 'ciphertext', 'frame tag']) {
        assert.ok(names.includes(field), field)
      }
      const bare = `[...document.querySelectorAll('[role=gridcell]')].filter(c => !c.className)`
      assert.equal(await browser.until<number>(`${bare}.length + 1`), 1, 'no byte without a field')
    })

    it('refuses a message with a flipped bit, and opens it again once that is undone', async () => {
      await act(browser, `document.querySelector('.grid .proof').click()`)
      await browser.until(VERDICT('ERR_OPEN_FAILED'))
      assert.match(await browser.until<string>(TEXT('flips')), /1 bit flipped/)
      await act(browser, CLICK('mend'))
      await browser.until(VERDICT('Opened'))
    })

    it('moves among the bytes by arrow keys, and flips by Enter', async () => {
      const press = (key: string): string =>
        `document.activeElement.dispatchEvent(` +
        `new KeyboardEvent('keydown', { key: '${key}', bubbles: true, cancelable: true }))`
      await act(browser, `document.querySelector('[data-at="0"]').focus()`)
      for (const key of ['ArrowDown', 'ArrowRight', 'Enter']) await act(browser, press(key))
      const label = `document.querySelector('[data-at="17"]').getAttribute('aria-label')`
      assert.match(await browser.until<string>(label), /byte 17, message id, flipped/)
      await browser.until(VERDICT('ERR_OPEN_FAILED'))
      await act(browser, CLICK('mend'))
    })

    it('asks for the same context again', async () => {
      const expected = `document.getElementById('expected').value`
      await act(browser, `${expected} = 'tenant=globex'; ${CLICK('open-button')}`)
      await browser.until(VERDICT('ERR_POLICY_CONTEXT'))
      await act(browser, `${expected} = 'tenant=acme, purpose=invoice'; ${CLICK('open-button')}`)
      await browser.until(VERDICT('Opened'))
    })

    it('is closed while the root key is disabled', async () => {
      await act(browser, CLICK('key-disable'))
      await browser.until(`${TEXT('key-state')} === 'suspended'`)
      await act(browser, CLICK('open-button'))
      await browser.until(VERDICT('ERR_KMS_KEY_STATE'))
      assert.match(await browser.until<string>(TEXT('calls')), /actions\/disable/)
    })

    it('seals a file of several frames under a new root key', async () => {
      await act(browser, CLICK('key-new'))
      await browser.until(`${TEXT('key-name')} === 'playground 2'`)
      const file = join(folder, 'noise.bin')
      writeFileSync(file, new Uint8Array(1_000_000).fill(7))
      await browser.choose(file)
      await browser.until(VERDICT('Save noise.bin'))
      assert.match(await browser.until<string>(TEXT('sealed')), /1\.00 MB became/)
    })

    it('seals records and counts them, until it is told to stop', async () => {
      await act(browser, CLICK('records-button'))
      await browser.until(`parseInt(${TEXT('records-count')}.replaceAll(',', '')) > 1000`)
      await browser.until(`document.querySelector('#records-line polyline') !== null`)
      await act(browser, CLICK('records-button'))
      assert.match(await browser.until<string>(TEXT('records-rate')), /^[\d,]+ a second$/)
      assert.match(await browser.until<string>(TEXT('records-button')), /Start/)
    })

    it('measures this browser and draws what it found', async () => {
      await act(browser, CLICK('measure'))
      await browser.until(`document.querySelectorAll('#times rect').length === 8`)
      await browser.until(`!document.getElementById('measure').disabled`)
    })

    it('sends nothing anywhere', async () => {
      assert.equal(await browser.until<string>(TEXT('network')), '0')
      const policy = `document.querySelector('meta[http-equiv]').content`
      assert.match(await browser.until<string>(policy), /^default-src 'none'; script-src 'self'/)
    })
  })
}
