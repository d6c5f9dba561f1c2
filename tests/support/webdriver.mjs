// Real browsers by W3C WebDriver: the few things that tests ask of them.
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 60_000
const { env } = process

const CHROMIUM_FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How each browser is driven. */
const DRIVERS = {
  chromium: {
    program: [env.TSUTSUMI_CHROMEDRIVER ?? '/usr/bin/chromedriver', '--port=PORT'],
    capabilities: {
      'goog:chromeOptions': {
        binary: env.TSUTSUMI_CHROMIUM ?? '/usr/bin/chromium',
        args: CHROMIUM_FLAGS,
      },
    },
  },
  firefox: {
    program: [env.TSUTSUMI_GECKODRIVER ?? 'geckodriver', '--port', 'PORT'],
    capabilities: {
      'moz:firefoxOptions': {
        binary: env.TSUTSUMI_FIREFOX ?? '/usr/bin/firefox-esr',
        args: ['-headless'],
      },
    },
  },
  // WebKitGTK draws nowhere but on a display: Xvfb is one that nobody sees.
  webkit: {
    program: ['xvfb-run', '-a', '/usr/bin/WebKitWebDriver', '--port=PORT'],
    capabilities: {},
  },
}

/** A port that is free now. */
export async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Tries until `work` neither throws nor returns nothing. */
export async function eventually(work, what, patience_ms = PATIENCE_MS) {
  let last
  for (const end = Date.now() + patience_ms; Date.now() < end; await sleep(50)) {
    try {
      const value = await work()
      if (value) return value
    } catch (error) {
      last = error
    }
  }
  throw new Error(`${what} took too long`, { cause: last })
}

/** A browser with one page. */
export class Browser {
  #child
  #base
  name

  /** @param kind - `chromium`, `firefox` or `webkit`. */
  static async start(kind) {
    const browser = new Browser()
    const port = await freePort()
    const [program, ...args] = DRIVERS[kind].program.map((arg) => arg.replace('PORT', port))
    // A group of its own: the driver under `xvfb-run` ends with it.
    browser.#child = spawn(program, args, { stdio: 'ignore', detached: true })
    browser.#child.once('error', () => {})
    browser.#base = `http://127.0.0.1:${port}/session`
    const capabilities = { alwaysMatch: DRIVERS[kind].capabilities }
    try {
      const status = async () => (await fetch(`http://127.0.0.1:${port}/status`)).ok
      await eventually(status, `the driver of ${kind}`, 20_000)
      const session = await browser.#ask('POST', '', { capabilities })
      browser.#base += `/${session.sessionId}`
      const { browserName, browserVersion } = session.capabilities
      browser.name = `${browserName} ${browserVersion}`
    } catch (error) {
      await browser.#end()
      throw error
    }
    return browser
  }

  /** Loads a page. */
  async open(url) {
    await this.#ask('POST', '/url', { url })
  }

  /** Waits until an expression is true in the page, then returns it. */
  until(expression) {
    const body = { script: `return (${expression})`, args: [] }
    return eventually(() => this.#ask('POST', '/execute/sync', body), `\`${expression}\``)
  }

  /** Ends the browser and its driver. */
  async close() {
    await this.#ask('DELETE', '').catch(() => {})
    await this.#end()
  }

  async #ask(method, path, body) {
    const headers = { 'content-type': 'application/json' }
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
    const reply = await fetch(this.#base + path, init)
    const { value } = await reply.json()
    if (!reply.ok) throw new Error(`the driver says: ${value.message}`)
    return value
  }

  async #end() {
    if (this.#child.pid === undefined || this.#child.exitCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    process.kill(-this.#child.pid, 'SIGTERM')
    await ended
  }
}
