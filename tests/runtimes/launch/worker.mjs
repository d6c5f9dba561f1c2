// workerd, bare, under Miniflare and under Wrangler: the body of the request is the native service.
import * as lib from './lib.mjs'
import { conformance } from './suite.mjs'

export default {
  async fetch(request) {
    return Response.json(await conformance(lib, await request.json()))
  },
}
