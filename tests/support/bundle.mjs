// Bundles for runtimes that take WebAssembly only as modules, by the bundler that the package is
// built with.
import { copyFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from './consumer.mjs'

const require = createRequire(join(ROOT, 'js/package.json'))
const { rolldown } = await import(pathToFileURL(require.resolve('rolldown')))

/**
 * Bundles a program under an export condition.
 *
 * @param input - The program.
 * @param folder - Where the bundle goes, the WebAssembly files beside it.
 * @param condition - `workerd` or `edge-light`.
 * @param wasm - Makes a module's name in the bundle into code; absent to leave its import.
 * @returns The files, the first of them the program.
 */
export async function bundle(input, folder, condition, wasm) {
  mkdirSync(folder, { recursive: true })
  const modules = new Set()
  const plugin = {
    name: 'wasm',
    resolveId(source, importer) {
      if (!/\.wasm(\?module)?$/.test(source)) return undefined
      const path = resolve(dirname(importer), source.replace('?module', ''))
      const file = basename(path)
      modules.add(file)
      copyFileSync(path, join(folder, file))
      return wasm ? { id: `\0${file}` } : { id: `./${file}`, external: 'relative' }
    },
    load: (id) => (wasm && id.startsWith('\0') && id.endsWith('.wasm') ? wasm(id.slice(1)) : null),
  }
  const build = await rolldown({
    input,
    plugins: [plugin],
    resolve: { conditionNames: [condition, 'import', 'default'] },
  })
  const output = wasm
    ? { dir: folder, format: 'iife', codeSplitting: false }
    : { dir: folder, entryFileNames: 'main.js' }
  const written = await build.write(output)
  await build.close()
  return [...written.output.map(({ fileName }) => fileName), ...modules]
}
