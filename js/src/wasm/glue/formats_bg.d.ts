/** The glue that wasm-bindgen generates for the module with all formats; the build copies it. */

export * from './core_bg.js'
