/**
 * The platform: runtime, WebAssembly, WebCrypto.
 *
 * @module
 */

import { DataKey } from '../../index.js'
import { packageVersion } from '../package.js'
import { bad, type Check, failure, good } from './check.js'

const NODE_MIN = 20

/** Looks at it. */
export function checkPlatform(): readonly Check[] {
  return [good('tsutsumi', packageVersion()), runtime(), webAssembly(), webCrypto()]
}

function runtime(): Check {
  const said = `Node.js ${process.versions.node}, ${process.platform} ${process.arch}`
  const major = Number(process.versions.node.split('.')[0])
  if (major >= NODE_MIN) return good('runtime', said)
  return bad('runtime', said, `Node.js ${NODE_MIN} or later is needed.`)
}

function webAssembly(): Check {
  const begun = performance.now()
  try {
    DataKey.generate().dispose()
  } catch (error) {
    return failure('WebAssembly', error)
  }
  return good('WebAssembly', `core compiled in ${Math.round(performance.now() - begun)} ms`)
}

function webCrypto(): Check {
  if (typeof globalThis.crypto?.subtle?.digest === 'function') return good('WebCrypto', 'present')
  return bad('WebCrypto', 'missing', 'On a page it needs https; in Node.js, version 20 or later.')
}
