// Builds the page into dist/, or builds and serves it: `node www/site.mjs build` or `serve`.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const www = dirname(fileURLToPath(import.meta.url))
const js = join(dirname(www), 'js')
const pkg = join(dirname(www), 'pkg')

// Everything comes from the page's own folder; nothing can be sent anywhere else.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

// As the npm package carries them.
const size = (name) => readFileSync(join(pkg, name, `${name}_bg.deflate`)).length

/** What Vite is told; the tests build the page with it too. */
export const config = {
  configFile: false,
  root: www,
  base: './',
  logLevel: 'warn',
  define: {
    __POLICY__: JSON.stringify(POLICY),
    __SIZES__: JSON.stringify({
      core: size('core'),
      'all formats': size('formats'),
      'key service': size('service'),
    }),
  },
  plugins: [
    {
      name: 'policy',
      transformIndexHtml: (html) => html.replace('__POLICY__', POLICY),
    },
  ],
  resolve: {
    alias: [
      { find: /^tsutsumi$/, replacement: join(js, 'dist/index.js') },
      { find: /^tsutsumi\/(.*)$/, replacement: join(js, 'dist/$1.js') },
    ],
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    chunkSizeWarningLimit: 700,
  },
  server: { fs: { allow: [dirname(www)] } },
}

async function main(task) {
  // The page has no packages of its own: it is built with those of the npm package.
  const vite = await import(pathToFileURL(join(js, 'node_modules/vite/dist/node/index.js')).href)
  await vite.build(config)
  if (task !== 'serve') return
  const server = await vite.preview({ ...config, preview: { host: '127.0.0.1' } })
  process.stdout.write(`The playground: ${server.resolvedUrls.local[0]}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2])
