/** The glue that wasm-bindgen generates for the core; the build copies it here. */

export function __wbg_set_wasm(exports: WebAssembly.Exports): void

export function input(length: number): number
export function output(): number
export function outputLength(): number
export function wipe(): number
export function free(handle: number): number

export function contextNew(length: number, anyKeys: boolean): number
export function contextDigest(context: number): number

export function dataKeyGenerate(): number
export function dataKeyLift(dataKey: number): number
export function dataKeyLand(length: number): number

export function wrappingKeyNew(
  keyLength: number,
  namespaceLength: number,
  nameLength: number,
): number
export function wrappingKeyWrap(wrappingKey: number, dataKey: number, context: number): number
export function wrappingKeyUnwrap(wrappingKey: number, length: number, context: number): number

export function keyProtectWrapRequest(dataKey: number, context: number): number
export function keyProtectReadWrapReply(length: number): number
export function keyProtectUnwrapRequest(length: number, context: number): number
export function keyProtectReadUnwrapReply(length: number): number
export function keyProtectImportRequest(
  materialLength: number,
  nameLength: number,
  aliasesLength: number,
): number

export function sealerNew(
  dataKey: number,
  context: number,
  unstored: number,
  slotsLength: number,
  frameLength: number,
): number
export function sealerPush(sealer: number, length: number): number
export function sealerFinish(sealer: number): number

export function headerRead(
  length: number,
  slotsMax: number,
  headerLengthMax: number,
  frameLengthMax: number,
): number
export function headerLength(header: number): number
export function headerSuite(header: number): number
export function headerSlots(header: number): number
export function headerContext(header: number): number
export function headerMatch(header: number, context: number): number
export function headerContextHandle(header: number): number

export function openerNew(header: number, dataKey: number, unstored: number): number
export function openerPush(opener: number, length: number): number
export function openerFinish(opener: number): number

export function inspect(length: number): number
export function messageLift(message: number, frames: number, last: number): number
