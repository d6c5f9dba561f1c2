// A web server for the files of one folder.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
}

/** Serves a folder at a free port; `policy` is the content security policy of its pages. */
export async function serve(folder, policy) {
  const served = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://x')
    const path = pathname.endsWith('/') ? `${pathname}index.html` : pathname
    try {
      const bytes = readFileSync(join(folder, normalize(path)))
      const type = TYPES[extname(path)] ?? 'application/octet-stream'
      const headers = { 'content-type': type }
      response.writeHead(200, policy ? { ...headers, 'content-security-policy': policy } : headers)
      response.end(bytes)
      served.push({ path, bytes })
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    /** What was asked for and found, in order. */
    served,
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
