/** The glue that wasm-bindgen generates for the module without SIMD; the build copies it here. */

export * from './formats_bg.js'
