/** The guides: their code runs, with the package installed, and prints what they say. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { CODES, MEANINGS } from '../dist/core-tables.js'
import { Consumer, ROOT } from './support/package.js'

const run = promisify(execFile)
const folder = join(ROOT, 'guides')
const guides = readdirSync(folder).filter((file) => file.endsWith('.md'))

interface Sample {
  readonly language: 'js' | 'sh'
  readonly code: string
  /** What it is said to print. */
  readonly printed: string | undefined
}

/** The code of a guide, each with the text that follows it. */
function samplesOf(text: string): Sample[] {
  const blocks = /```(js|sh)\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs
  return [...text.matchAll(blocks)].map(([, language, code = '', printed]) => ({
    language: language as Sample['language'],
    code,
    printed,
  }))
}

describe('the guides', () => {
  let consumer: Consumer

  before(() => {
    consumer = new Consumer()
  })
  after(() => consumer.remove())

  /** Runs a sample in a folder of its own, and returns what it printed. */
  async function printedBy({ language, code }: Sample, name: string): Promise<string> {
    const place = consumer.file(name)
    mkdirSync(place)
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(place, `sample.${language}`), code)
    const bin = `${consumer.file('node_modules/.bin')}:${dirname(process.execPath)}`
    const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}` }
    const options = { cwd: place, env, timeout: 120_000 }
    const { stdout } =
      language === 'js'
        ? await run(process.execPath, ['sample.js'], options)
        : await run('bash', ['-euo', 'pipefail', 'sample.sh'], options)
    return stdout
  }

  for (const guide of guides) {
    const text = readFileSync(join(folder, guide), 'utf8')
    const samples = samplesOf(text)
    it(`${guide} prints what it says`, async (test) => {
      for (const [number, sample] of samples.entries()) {
        assert.notEqual(sample.printed, undefined, 'a sample says nothing of what it prints')
        const printed = await printedBy(sample, `${guide}-${number}`)
        assert.equal(printed, sample.printed, `sample ${number + 1}`)
      }
      test.diagnostic(`${samples.length} samples`)
      assert.equal(samples.length > 0, guide !== 'README.md')
    })
  }

  it('control: a sample that prints something else is noticed', async () => {
    const [sample] = samplesOf("```js\nconsole.log('a')\n```\n\n```text\nb\n```\n")
    assert.ok(sample !== undefined)
    assert.notEqual(await printedBy(sample, 'control'), sample.printed)
  })

  it('are all listed, and lead where there is something', () => {
    const list = readFileSync(join(folder, 'README.md'), 'utf8')
    const linked = [...list.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, file]) => file)
    assert.deepEqual(linked.sort(), guides.filter((file) => file !== 'README.md').sort())
  })

  it('explain every error code under an anchor of its own', () => {
    const text = readFileSync(join(folder, 'errors.md'), 'utf8').replace(/ +/g, ' ')
    const sections = text.split('<a id="').slice(1)
    assert.equal(sections.length, Object.keys(CODES).length)
    for (const [code, { className, retryable }] of Object.entries(CODES)) {
      const anchor = code.toLowerCase().replaceAll('_', '-')
      const section = sections.find((one) => one.startsWith(`${anchor}"`)) ?? ''
      assert.ok(
        section.includes(`## \`${code}\`\n\n${MEANINGS[code as keyof typeof MEANINGS]}`),
        code,
      )
      assert.match(section, /\*\*Why:\*\* \S.*\n\n\*\*What to do:\*\* \S/, code)
      const row = `| [\`${code}\`](#${anchor}) | \`${className}\` | ${retryable ? 'yes' : 'no'} |`
      assert.ok(text.includes(row), row)
    }
  })
})
