/** The glue that wasm-bindgen generates for the embedded service; the build copies it here. */

export function __wbg_set_wasm(exports: WebAssembly.Exports): void

/** What the service answers to one request; headers are names and values in turn. */
export interface EmbeddedReply {
  readonly status: number
  readonly headers: string[]
  readonly body: Uint8Array<ArrayBuffer>
}

/** Keeps the private keys of import tokens. */
export interface ImportTokens {
  generate(id: string): Promise<Uint8Array>
  has(id: string): boolean
  open(id: string, ciphertext: Uint8Array): Promise<Uint8Array>
}

/** An account of Key Protect, in memory. */
export class EmbeddedService {
  free(): void
  static create(options: object, masterKey: Uint8Array, tokens: ImportTokens): EmbeddedService
  static restore(snapshot: Uint8Array, masterKey: Uint8Array, tokens: ImportTokens): EmbeddedService
  handle(method: string, path: string, headers: string[], body: Uint8Array): Promise<EmbeddedReply>
  snapshot(): Uint8Array<ArrayBuffer>
  ownerApiKey(): string
  advanceClock(seconds: number): void
  expireTokens(): void
  readonly instance: string
  readonly accountId: string
  readonly region: string
}
