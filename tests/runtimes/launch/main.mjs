// Node.js, Deno and Bun: a program whose argument is the native service, or null.
import * as lib from './lib.mjs'
import { conformance } from './suite.mjs'

const native = JSON.parse(globalThis.process.argv[2])
console.log(JSON.stringify(await conformance(lib, native)))
