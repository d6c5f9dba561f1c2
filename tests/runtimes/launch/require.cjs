// Node.js that can require modules: a program whose argument is the native service, or null.
const lib = { ...require('tsutsumi'), ...require('tsutsumi/key-protect') }
Object.assign(lib, require('tsutsumi/local'), require('tsutsumi/branch'), require('tsutsumi/object'))
lib.slot = require('tsutsumi/slot')
lib.web = require('tsutsumi/webcrypto')
lib.core = require('./node_modules/tsutsumi/dist/wasm/instance.js').core
const { conformance } = require('./suite.mjs')

const native = JSON.parse(process.argv[2])
conformance(lib, native).then((all) => console.log(JSON.stringify(all)))
