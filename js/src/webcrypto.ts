/**
 * Envelope encryption without WebAssembly, for pages whose policy forbids it.
 *
 * @module
 */

export * from './webcrypto/api.js'
