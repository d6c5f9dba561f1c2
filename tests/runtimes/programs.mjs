// Where the programs of the runtimes are: found by the lock files of this folder.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../support/consumer.mjs'

const HERE = join(ROOT, 'tests/runtimes')

const ARM = process.arch === 'arm64'

/** Paths inside `node_modules`, of packages that hold a program for this machine. */
const PATHS = {
  workerd: `@cloudflare/workerd-linux-${ARM ? 'arm64' : '64'}/bin/workerd`,
  deno: `more:@deno/linux-${ARM ? 'arm64' : 'x64'}-glibc/deno`,
  bun: `more:@oven/bun-linux-${ARM ? 'aarch64' : 'x64'}/bin/bun`,
  'node-22': 'more:node-22/bin/node',
  'node-24': 'more:node-24/bin/node',
  'node-26': 'more:node-26/bin/node',
  wrangler: 'more:wrangler/bin/wrangler.js',
}

/** The path of a program, which has to be there. */
export function program(name) {
  const [path, more] = PATHS[name].split(':').reverse()
  const found = join(HERE, more ?? '', 'node_modules', path)
  if (existsSync(found)) return found
  throw new Error(`${name} is missing: \`cargo xtask test --runtimes\` installs it`)
}

/** Imports a package that only the whole matrix needs. */
export function library(path) {
  return import(join(HERE, 'more/node_modules', path))
}
