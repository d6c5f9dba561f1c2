// The module of this folder, built and optimised as those of the npm package are.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const target = join(resolve(root, process.env.CARGO_TARGET_DIR ?? 'target'), 'kernel')

const FEATURES = [
  'bulk-memory',
  'multivalue',
  'mutable-globals',
  'nontrapping-float-to-int',
  'reference-types',
  'sign-ext',
  'simd',
]

/** Builds; returns the path of the module. */
export function build() {
  const flags = ['-Ctarget-feature=+simd128', '--cfg=kernel_test']
  const args = ['build', '--quiet', '--release', '--target', 'wasm32-unknown-unknown']
  execFileSync('cargo', [...args, '--target-dir', target], {
    cwd: here,
    stdio: 'inherit',
    env: { ...process.env, RUSTFLAGS: undefined, CARGO_ENCODED_RUSTFLAGS: flags.join('\x1f') },
  })
  const folder = join(target, 'served')
  mkdirSync(folder, { recursive: true })
  const wasm = join(folder, 'kernel.wasm')
  execFileSync(process.execPath, [
    join(root, 'js/node_modules/binaryen/bin/wasm-opt'),
    join(target, 'wasm32-unknown-unknown/release/tsutsumi_kernel.wasm'),
    ...FEATURES.map((feature) => `--enable-${feature}`),
    '-O3',
    '-o',
    wasm,
  ])
  return wasm
}
