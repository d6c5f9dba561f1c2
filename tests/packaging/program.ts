// What a user of TypeScript writes: checked under strict options, and run.
import {
  type Context,
  type Decrypted,
  Envelope,
  type ErrorCode,
  isTsutsumiError,
  type KmsError,
  type RootKey,
  wrappingKey,
} from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'
import { Objects } from 'tsutsumi/object'
import { parseSlots } from 'tsutsumi/slot'
import type { KeyTable } from 'tsutsumi/table'
import { Envelope as Plain } from 'tsutsumi/webcrypto'

declare const console: { log(...values: unknown[]): void }

function describe(error: unknown): ErrorCode | undefined {
  if (!isTsutsumiError(error)) return undefined
  if (error.code === 'ERR_KMS_TIMEOUT') {
    const narrowed: KmsError = error
    return narrowed.retryable ? narrowed.code : undefined
  }
  return error.code
}

const context: Context = { tenant: 'acme' }
const rootKey: RootKey = await keyProtect(await embeddedKeyProtect()).createRootKey({
  name: 'orders',
})
const names = { namespace: 'acme', name: 'disk' }
using spare = wrappingKey(new Uint8Array(32), names)
const envelope = new Envelope({ rootKeys: [rootKey, spare] })
const message: Uint8Array<ArrayBuffer> = await envelope.encrypt(
  new TextEncoder().encode('order 17'),
  { context },
)
const opened: Decrypted = await envelope.decrypt(message, { context })
const table: KeyTable = await envelope.createTable()
const value: string = table.openText(table.seal('4242', { row: '17' }), { row: '17' })
const { slots } = await new Objects({ rootKeys: [rootKey, spare] }).seal(new Uint8Array(10))
const kept = await parseSlots(JSON.stringify(slots))
const code = await envelope.decrypt(new Uint8Array(3)).catch(describe)
if (code !== 'ERR_FORMAT_VERSION' || typeof Plain !== 'function') throw new Error(String(code))
const text = new TextDecoder().decode(opened.plaintext)
console.log(text, opened.context['tenant'], value, kept.length)
