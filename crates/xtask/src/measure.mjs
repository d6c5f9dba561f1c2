// Prints, for each path: size, size under gzip, SHA-256, path, with tabs between them.
// Mode `entries` takes each file together with the files that it imports by a relative name.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

const [mode, ...paths] = process.argv.slice(1)
const IMPORT = /(?:from|^import|\bimport\()\s*['"](\.{1,2}\/[^'"]+)['"]/gm

function closure(entry, seen = new Set()) {
  if (seen.has(entry)) return seen
  seen.add(entry)
  if (!entry.endsWith('.js')) return seen
  const text = readFileSync(entry, 'utf8')
  for (const [, name] of text.matchAll(IMPORT)) closure(resolve(dirname(entry), name), seen)
  return seen
}

for (const path of paths) {
  const files = mode === 'entries' ? [...closure(path)] : [path]
  const bytes = Buffer.concat(files.map((file) => readFileSync(file)))
  const gzip = gzipSync(bytes, { level: 9 }).length
  const sum = createHash('sha256').update(bytes).digest('hex')
  console.log([bytes.length, gzip, sum, path].join('\t'))
}
