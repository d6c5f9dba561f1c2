/** What the package exports, read out of its declarations: names, members, types; no comments. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface Module {
  /** Declarations by name. */
  readonly own: Map<string, string>
  /** Names that come from elsewhere: the module, and the name there. */
  readonly from: Map<string, readonly [path: string, name: string]>
  /** Modules of which all is exported. */
  readonly all: readonly string[]
}

const modules = new Map<string, Module>()

function strip(text: string): string {
  return text
    .replace(/\/\*\*?[\s\S]*?\*\//g, '')
    .replace(/^\s*(private|#private|protected)\b.*\n/gm, '')
    .replace(/^\s*\n/gm, '')
}

/** Reads the declarations of a file. */
function read(path: string): Module {
  const known = modules.get(path)
  if (known !== undefined) return known
  const text = strip(readFileSync(path, 'utf8'))
  const folder = dirname(path)
  const target = (name: string): string => join(folder, name.replace(/\.js$/, '.d.ts'))
  const own = new Map<string, string>()
  const from = new Map<string, readonly [string, string]>()
  const start = /^export (?:declare )?(?:abstract )?(?:class|function|interface|type|const) (\w+)/gm
  for (const found of text.matchAll(start)) {
    const declaration = block(text.slice(found.index))
    const name = found[1] ?? ''
    own.set(name, own.has(name) ? `${own.get(name)}\n${declaration}` : declaration)
  }
  for (const [, list = '', source = ''] of text.matchAll(
    /^export (?:type )?\{([^}]*)\} from '(.*?)'/gm,
  )) {
    for (const item of list.split(',')) {
      const [name, as] = item
        .trim()
        .replace(/^type /, '')
        .split(' as ')
      if (name !== undefined && name !== '') from.set(as ?? name, [target(source), name])
    }
  }
  const all = [...text.matchAll(/^export \* from '(.*?)'/gm)].map(([, name = '']) => target(name))
  const module = { own, from, all }
  modules.set(path, module)
  return module
}

// Up to the end of the first line that leaves no bracket open.
function block(text: string): string {
  let open = 0
  const lines: string[] = []
  for (const line of text.split('\n')) {
    lines.push(line)
    for (const character of line.replace(/=>|'[^']*'/g, '')) {
      if ('{(['.includes(character)) open += 1
      if ('})]'.includes(character)) open -= 1
    }
    if (open === 0 && /[;}]$/.test(line)) break
  }
  return lines.join('\n')
}

/** Every name that a module exports, with its declaration. */
export function exportsOf(path: string): Map<string, string> {
  const found = new Map<string, string>()
  const { own, from, all } = read(path)
  for (const other of all) for (const [name, text] of exportsOf(other)) found.set(name, text)
  for (const [name, text] of own) found.set(name, text)
  for (const [name, [source, there]] of from) {
    const text = exportsOf(source).get(there)
    if (text === undefined) throw new Error(`${there} of ${source} is not declared`)
    found.set(name, text)
  }
  return found
}

/** The report: one section for each entry, names in order, each declared where it first stands. */
export function report(entries: ReadonlyMap<string, string>): string {
  const seen = new Map<string, string>()
  let text =
    '# What the package exports\n\nWritten by `UPDATE=1 npm test -- api`; not to be edited.\n'
  for (const [entry, path] of entries) {
    const names = [...exportsOf(path)].sort(([a], [b]) => (a < b ? -1 : 1))
    const fresh = names.filter(([name, declaration]) => seen.get(name) !== declaration)
    const again = names.filter((one) => !fresh.includes(one)).map(([name]) => `\`${name}\``)
    text += `\n## ${entry}\n\n`
    if (again.length > 0) text += `Also: ${again.join(', ')}.\n\n`
    text += `\`\`\`ts\n${fresh.map(([, declaration]) => declaration).join('\n\n')}\n\`\`\`\n`
    for (const [name, declaration] of fresh) seen.set(name, declaration)
  }
  return text
}
