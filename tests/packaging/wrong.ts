// Five mistakes that the types have to notice.
import { Envelope, wrappingKey } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'

const rootKey = wrappingKey(new Uint8Array(32), { namespace: 'acme' })
const envelope = new Envelope({ rootKey, contexts: {} })
const message: string = await envelope.encrypt(new Uint8Array(1))
await envelope.encrypt('text')
keyProtect({ region: 1, instance: message })
