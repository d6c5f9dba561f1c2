/** The module without SIMD as base64 text, compressed; the build writes it. */
export const base64: string
/** Its length in bytes once it is decompressed. */
export const length: number
