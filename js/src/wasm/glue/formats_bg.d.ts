/** The glue that wasm-bindgen generates for the module with all formats; the build copies it. */

export * from './core_bg.js'

export function headerReadAllowing(
  length: number,
  slotsMax: number,
  headerLengthMax: number,
  frameLengthMax: number,
  commitment: number,
): number
export function openerNewAllowing(
  header: number,
  dataKey: number,
  unstored: number,
  commitment: number,
): number
