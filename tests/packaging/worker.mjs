// The whole suite in a worker of any kind, which tells every page that asks.
import * as lib from './lib.mjs'
import { conformance } from './suite.mjs'

let results
globalThis.addEventListener('message', (event) => {
  const { source, ports } = event
  results ??= conformance(lib)
  const tell = async () => (ports[0] ?? source ?? globalThis).postMessage(await results)
  if (event.waitUntil) event.waitUntil(tell())
  else void tell()
})
