/** Real browsers, behind the few things that tests ask of them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from 'playwright-core'

const CHROMIUM = process.env['TSUTSUMI_CHROMIUM'] ?? '/usr/bin/chromium'
const FIREFOX = process.env['TSUTSUMI_FIREFOX'] ?? '/usr/bin/firefox-esr'
const GECKODRIVER = process.env['TSUTSUMI_GECKODRIVER'] ?? 'geckodriver'
const PATIENCE_MS = 60_000

/** A browser with one page. */
export interface Browser {
  readonly name: string
  open(url: string): Promise<void>
  /** Waits until an expression is true in the page, then returns it. */
  until<T>(expression: string): Promise<T>
  /** Chooses a file in the page's file input. */
  choose(file: string): Promise<void>
  close(): Promise<void>
}

// What cannot leave the page counts as true.
function plain(expression: string): string {
  const held = `typeof it === 'function' || it instanceof Node`
  return `(() => { const it = (${expression}); return ${held} ? true : it })()`
}

async function untilTrue<T>(expression: string, ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(50)) {
    const value = await ask()
    if (value) return value
  }
  throw new Error(`\`${expression}\` did not become true`)
}

/** Starts Chromium. */
export async function startChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const page = await browser.newPage()
  return {
    name: `Chromium ${browser.version()}`,
    async open(url) {
      await page.goto(url)
    },
    // Asked again and again from outside: a strict policy keeps Playwright from waiting inside.
    until: <T>(expression: string) =>
      untilTrue(expression, () => page.evaluate<T>(plain(expression))),
    choose: (file) => page.setInputFiles('input[type=file]', file),
    close: () => browser.close(),
  }
}

class Driver {
  readonly #process: ChildProcess
  readonly #url: string
  session = ''

  constructor(process: ChildProcess, port: string) {
    this.#process = process
    this.#url = `http://127.0.0.1:${port}`
  }

  async ask<T>(method: string, path: string, body: object = {}): Promise<T> {
    const headers = { 'content-type': 'application/json' }
    const init = method === 'POST' ? { method, headers, body: JSON.stringify(body) } : { method }
    const reply = await fetch(`${this.#url}/session${this.session}${path}`, init)
    const { value } = (await reply.json()) as { value: T & { message?: string } }
    if (!reply.ok) throw new Error(`the driver of Firefox says: ${value.message}`)
    return value
  }

  async stop(): Promise<void> {
    if (this.session !== '') await this.ask('DELETE', '')
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill()
    await ended
  }
}

async function startDriver(): Promise<Driver> {
  const child = spawn(GECKODRIVER, ['--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  const port = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`the driver of Firefox ended: ${said}`)))
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const found = /Listening on [^:]+:(\d+)/.exec(said)
      if (found?.[1] !== undefined) resolve(found[1])
    })
  })
  return new Driver(child, port)
}

/** Starts Firefox, by W3C WebDriver. */
export async function startFirefox(): Promise<Browser> {
  const driver = await startDriver()
  const options = { binary: FIREFOX, args: ['-headless'] }
  const capabilities = { alwaysMatch: { 'moz:firefoxOptions': options } }
  interface Session {
    readonly sessionId: string
    readonly capabilities: { readonly browserVersion: string }
  }
  const asked = driver.ask<Session>('POST', '', { capabilities })
  const session = await asked.catch(async (error: unknown) => {
    await driver.stop()
    throw error
  })
  driver.session = `/${session.sessionId}`
  const run = <T>(script: string): Promise<T> =>
    driver.ask('POST', '/execute/sync', { script, args: [] })
  return {
    name: `Firefox ${session.capabilities.browserVersion}`,
    async open(url) {
      await driver.ask('POST', '/url', { url })
    },
    until: <T>(expression: string) => untilTrue(expression, () => run<T>(`return (${expression})`)),
    async choose(file) {
      const using = { using: 'css selector', value: 'input[type=file]' }
      const element = await driver.ask<Record<string, string>>('POST', '/element', using)
      await driver.ask('POST', `/element/${Object.values(element)[0]}/value`, { text: file })
    },
    close: () => driver.stop(),
  }
}
