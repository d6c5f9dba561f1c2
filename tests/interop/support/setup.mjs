// Makes what the tests stand on: Python's packages, npm's, and the native peer.
import { copyFileSync, existsSync } from 'node:fs'

import { interop, root, run, setUpPython, target } from './python.mjs'

export { python, root } from './python.mjs'

/** The program that puts the native core behind a line of JSON. */
export const nativePeer = () => `${target}/interop/release/tsutsumi-interop`

/** The root-key service as a program. */
export const serviceBinary = () =>
  process.env.TSUTSUMI_SERVICE ?? `${target}/debug/tsutsumi-service`

function setUpNpm() {
  if (existsSync(`${interop}/node_modules/jose/package.json`)) return
  const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', npm, { cwd: interop })
}

/** Fails with what is missing if it cannot be made. */
export function setUp() {
  if (!existsSync(`${root}/js/dist/index.js`)) {
    throw new Error('js/dist is missing: build it with `cargo xtask build`')
  }
  setUpPython()
  setUpNpm()
  // The same versions as in the workspace, of which the peer is no part.
  copyFileSync(`${root}/Cargo.lock`, `${interop}/native/Cargo.lock`)
  const manifest = `${interop}/native/Cargo.toml`
  const dir = ['--target-dir', `${target}/interop`]
  run('cargo', ['build', '--quiet', '--release', '--manifest-path', manifest, ...dir])
}
