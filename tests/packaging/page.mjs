// What every bundle is made of: the whole suite, in a page.
import * as lib from './lib.mjs'
import { conformance } from './suite.mjs'

globalThis.results = await conformance(lib)
