// Vercel's edge-runtime: the body of the request is the native service.
import * as lib from './lib.mjs'
import { conformance } from './suite.mjs'

addEventListener('fetch', (event) => {
  const answer = async () => Response.json(await conformance(lib, await event.request.json()))
  event.respondWith(answer())
})
