/** The glue that wasm-bindgen generates for the module with all formats; the build copies it. */

export * from './core_bg.js'

export function branchKeyNew(dataKey: number, slotLength: number): number
export function branchKeyWrap(branchKey: number, dataKey: number, context: number): number
export function branchKeyUnwrap(branchKey: number, slotLength: number, context: number): number
export function keyRequest(
  dataKey: number,
  prefixLength: number,
  suffixLength: number,
  encoding: number,
): number
export function keyReply(length: number, pathLength: number, encoding: number): number

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

export function passphraseKeyNew(
  passphraseLength: number,
  saltLength: number,
  namespaceLength: number,
  nameLength: number,
  memory_KiB: number,
  passes: number,
): number

export function tableNew(): number
export function tableOpen(header: number, dataKey: number, length: number): number
export function tableSave(
  table: number,
  dataKey: number,
  context: number,
  slotsLength: number,
  json: boolean,
): number
export function tableKeys(table: number): number
export function tableAdd(table: number, primary: boolean): number
export function tableChange(table: number, change: number, id: number): number

export function recordSeal(
  table: number,
  mode: number,
  dataLength: number,
  valueLength: number,
): number
export function recordOpen(
  table: number,
  mode: number,
  dataLength: number,
  recordLength: number,
): number
export function recordSealAll(table: number, mode: number, length: number, count: number): number
export function recordOpenAll(table: number, mode: number, length: number): number

export function messageFinalFrame(header: number, messageLength: bigint): number
export function messageRangeOpenerNew(
  header: number,
  dataKey: number,
  unstored: number,
  commitment: number,
  messageLength: bigint,
  length: number,
): number
export function messageRangePlan(opener: number, start: bigint, end: bigint): number
export function messageRangeOpen(opener: number, start: bigint, end: bigint, length: number): number

export function interopSeal(key: number, dataLength: number, length: number): number
export function interopOpen(key: number, dataLength: number, length: number): number
export function interopWrap(
  wrapping: number,
  key: number,
  dataLength: number,
  length: number,
): number
export function interopUnwrap(
  wrapping: number,
  dataLength: number,
  prefixLength: number,
  length: number,
): number
export function interopDerive(key: number, length: number): number

export function storedSlotNew(
  dataKey: number,
  context: number,
  slotLength: number,
  versionLength: number,
  createdLength: number,
): number
export function storedSlotRenew(
  length: number,
  slotLength: number,
  versionLength: number,
  createdLength: number,
): number
export function storedSlotsRead(length: number): number
export function storedSlotOpen(length: number, context: number): number
export function storedSlotVerify(length: number, dataKey: number): number

export function objectSealerNew(dataKey: number, context: number): number
export function objectSealerPush(sealer: number, length: number): number
export function objectSealerFinish(sealer: number): number
export function objectOpenerNew(dataKey: number, context: number, length: number): number
export function objectOpenerPush(opener: number, length: number): number
export function objectOpenerFinish(opener: number): number
export function objectRangesNew(
  dataKey: number,
  context: number,
  length: number,
  sealedLength: number,
): number
export function objectRangesPlan(ranges: number, start: number, end: number): number
export function objectRangesOpen(ranges: number, start: number, end: number, length: number): number
export function objectLift(object: number): number
export function objectSkip(object: number, chunks: number): number
