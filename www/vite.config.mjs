import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

const size = (name) => readFileSync(join(pkg, name, `${name}_bg.deflate`)).length

export default {
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
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2022', modulePreload: false, chunkSizeWarningLimit: 700 },
  server: { fs: { allow: [dirname(www)] } },
}
