// Browsers: the query of the page is the native service; what came of it is in `window.results`.
import * as lib from './lib.mjs'
import { conformance } from './suite.mjs'

const native = JSON.parse(decodeURIComponent(location.search.slice(1)))
window.results = await conformance(lib, native)
