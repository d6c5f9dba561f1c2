import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { publint } from 'publint'
import { CODES, MEANINGS } from '../dist/core-tables.js'
import { Consumer, ROOT } from './support/package.js'

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly exports: Record<string, string | Record<string, string>>
}

describe('the packed package, installed in an empty folder', () => {
  let consumer: Consumer
  let installed = ''

  before(() => {
    consumer = new Consumer()
    installed = consumer.file('node_modules/tsutsumi')
  })
  after(() => consumer.remove())

  function manifest(): Manifest {
    return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest
  }

  it('has what it needs, and nothing else', () => {
    const expected = ['LICENSE', 'README.md', 'bin', 'dist', 'package.json']
    assert.deepEqual(readdirSync(installed).sort(), expected)
    assert.deepEqual(readdirSync(consumer.file('node_modules')).sort(), [
      '.bin',
      '.package-lock.json',
      'tsutsumi',
    ])
    assert.equal(manifest().dependencies, undefined)
  })

  it('has every file that it exports, under every condition', () => {
    let files = 0
    for (const entry of Object.values(manifest().exports)) {
      for (const path of typeof entry === 'string' ? [entry] : Object.values(entry)) {
        assert.ok(existsSync(join(installed, path)), path)
        files += 1
      }
    }
    assert.ok(files >= 38)
  })

  it('exports the same names under every condition', () => {
    const list = (path: string): string | undefined =>
      /export \* from '[./]*\/([\w/-]+)\.js'/.exec(readFileSync(join(installed, path), 'utf8'))?.[1]
    let compared = 0
    for (const entry of Object.values(manifest().exports)) {
      if (typeof entry === 'string') continue
      const { types: _, default: inline, ...others } = entry
      for (const path of Object.values(others)) {
        assert.ok(inline !== undefined && list(inline) !== undefined)
        assert.equal(list(path), list(inline))
        compared += 1
      }
    }
    assert.ok(compared >= 18)
  })

  it('pleases publint, strictly', async () => {
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true })
    assert.deepEqual(messages, [])
    const broken = consumer.file('broken')
    mkdirSync(broken)
    consumer.write('broken/package.json', JSON.stringify({ ...manifest(), files: [] }))
    const missing = await publint({ pkgDir: broken, pack: false, strict: true })
    assert.ok(missing.messages.length > 10, 'files that are missing are noticed')
  })

  it('has types that are right wherever ES modules are', () => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    const [tarball = ''] = readdirSync(consumer.file('packed'))
    const flags = ['--profile', 'esm-only', '--no-emoji', '--no-color', '--format', 'json']
    const packed = join('packed', tarball)
    const entries = ['--exclude-entrypoints', 'core.wasm', 'package.json']
    const said = consumer.node(attw, packed, ...flags, ...entries)
    const { analysis } = JSON.parse(said) as {
      readonly analysis: { readonly entrypoints: object; readonly problems: readonly object[] }
    }
    assert.ok(Object.keys(analysis.entrypoints).length >= 8)
    const about = (problem: object): unknown => Reflect.get(problem, 'kind')
    // Those who cannot import ES modules are told so by Node.
    const expected = new Set(['CJSResolvesToESM', 'NoResolution'])
    assert.deepEqual(
      analysis.problems.filter((one) => !expected.has(String(about(one)))),
      [],
    )
  })

  it('runs the lines of the README for Node', () => {
    consumer.copy('examples/node.mjs', 'node.mjs')
    assert.match(consumer.node('node.mjs'), /^\d+ bytes sealed; opened: order 17: 3 boxes\n$/)
  })

  it('runs the lines of the README for the edge', () => {
    consumer.copy('examples/edge.mjs', 'edge.mjs')
    consumer.write(
      'run-edge.mjs',
      `import worker from './edge.mjs'
import { Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
const embedded = await embeddedKeyProtect()
const rootKey = await keyProtect(embedded).createRootKey({ name: 'orders' })
const ibm = /^https:\\/\\/(us-south\\.kms|iam)\\.cloud\\.ibm\\.com/
globalThis.fetch = (url, init) => embedded.fetch(url.replace(ibm, embedded.url), init)
const env = { INSTANCE: embedded.instance, API_KEY: embedded.apiKey, ROOT_KEY: rootKey.id }
const request = new Request('https://edge.example/', { method: 'POST', body: 'hello' })
const response = await worker.fetch(request, env)
const { plaintext } = await new Envelope({ rootKey }).decrypt(await response.arrayBuffer())
console.log(new TextDecoder().decode(plaintext))`,
    )
    assert.equal(consumer.node('run-edge.mjs'), 'hello\n')
  })

  it('runs every sample of its page', () => {
    const readme = readFileSync(join(installed, 'README.md'), 'utf8')
    const samples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code ?? '')
    assert.equal(samples.length, 11)
    const printed = samples.map((code, number) => {
      consumer.write(`sample-${number}.mjs`, code)
      return consumer.node(`sample-${number}.mjs`)
    })
    assert.match(printed[1] ?? '', /^order 17 acme\n$/)
    assert.match(printed[3] ?? '', /^4242 4242 4242 4242 86\n\[ 'alice', 'bob' \]\n$/)
    assert.equal(printed[7], 'ERR_KMS_UNAVAILABLE\n')
    assert.equal(printed.at(-2), 'order 17\n')
    assert.match(printed.at(-1) ?? '', /^ERR_FORMAT_VERSION false\n$/)
  })

  it('documents every error code, as the core means it', () => {
    const text = readFileSync(join(installed, 'README.md'), 'utf8')
    const readme = text.replace(/ +/g, ' ')
    for (const [code, { className }] of Object.entries(CODES)) {
      const meaning = MEANINGS[code as keyof typeof MEANINGS]
      const anchor = code.toLowerCase().replaceAll('_', '-')
      const row = `| <a id="${anchor}"></a>\`${code}\` | \`${className}\` | ${meaning} |`
      assert.ok(readme.includes(row), row)
    }
  })

  it('has examples of ten lines at the most', () => {
    for (const name of readdirSync(join(ROOT, 'examples'))) {
      const text = readFileSync(join(ROOT, 'examples', name), 'utf8')
      const script = /<script type="module">\n(.*)<\/script>/s.exec(text)?.[1] ?? text
      assert.ok(script.trimEnd().split('\n').length <= 10, name)
    }
  })

  it('runs its command', () => {
    const version = consumer.node('node_modules/.bin/tsutsumi', '--version')
    assert.match(version, /^\d+\.\d+\.\d+\n$/)
    assert.match(consumer.node('node_modules/.bin/tsutsumi', 'demo'), /the same as before\s+yes/)
  })

  it('encrypts and decrypts through pipes in constant memory', () => {
    const megabytes = Number(process.env['TSUTSUMI_PIPE_MB'] ?? 256)
    consumer.write('key', 'k'.repeat(32))
    // Each process says at its end how much memory it had at most.
    consumer.write(
      'memory.mjs',
      "process.on('exit', () => console.error(process.resourceUsage().maxRSS))",
    )
    const program = 'node_modules/.bin/tsutsumi'
    const command =
      `head -c ${megabytes}000000 /dev/zero | ${program} encrypt -k file:key -c a=b |` +
      ` ${program} decrypt -k file:key -c a=b | cksum; head -c ${megabytes}000000 /dev/zero | cksum`
    const NODE_OPTIONS = `--import ${pathToFileURL(consumer.file('memory.mjs'))}`
    const env = { ...process.env, NODE_OPTIONS }
    const done = spawnSync('/bin/sh', ['-c', command], {
      cwd: consumer.folder,
      env,
      encoding: 'utf8',
    })
    const [came, wanted] = done.stdout.split('\n')
    assert.ok(came !== '' && came === wanted, done.stderr)
    const peaks_KiB = done.stderr.trim().split('\n').map(Number)
    assert.equal(peaks_KiB.length, 2)
    for (const peak of peaks_KiB) assert.ok(peak > 20_000 && peak < 200_000, `${peak} KiB`)
  })

  it('has declarations that a strict project compiles without its libraries skipped', () => {
    consumer.write(
      'use.ts',
      `import { Envelope, DataKey, inspect, wrappingKey, type TsutsumiError } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
export const key = wrappingKey(new Uint8Array(32), { namespace: 'a', name: 'b' })
const kms = keyProtect(await embeddedKeyProtect())
export const envelope = new Envelope({ rootKeys: [key, kms.key('orders')] })
export const sealed: Promise<Uint8Array> = envelope.encrypt(new Uint8Array(1))
export const suite: number = inspect(await sealed).suite
export const code = (error: TsutsumiError): string => error.code
// @ts-expect-error: a root key is no string
new Envelope({ rootKey: 'orders' })
// @ts-expect-error: there is no such option
keyProtect({ region: 'us-south', instance: 'x', apiKey: 'y', retries: 3 })
DataKey.generate().dispose()
`,
    )
    const flags = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--skipLibCheck',
      'false',
    ]
    const target = ['--target', 'es2022', '--module', 'nodenext', '--types', '']
    const lib = ['--lib', 'es2022,dom,esnext.disposable']
    consumer.node(
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...flags,
      ...target,
      ...lib,
      'use.ts',
    )
  })

  it('has no machine path, no test and no source in it', () => {
    for (const file of readdirSync(installed, { recursive: true, encoding: 'utf8' })) {
      assert.doesNotMatch(file, /\.test\.|\.map$|(?<!\.d)\.ts$/)
      if (!file.endsWith('.js')) continue
      const text = readFileSync(join(installed, file), 'utf8')
      assert.ok(!text.includes(ROOT), file)
    }
  })
})
