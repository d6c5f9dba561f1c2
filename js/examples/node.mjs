import { Envelope } from 'tsutsumi'
import { keyProtect } from 'tsutsumi/key-protect'
import { embeddedKeyProtect } from 'tsutsumi/local'

const kms = keyProtect(await embeddedKeyProtect()) // or { region: 'us-south', instance, apiKey }
const envelope = new Envelope({ rootKey: await kms.createRootKey({ name: 'orders' }) })
const context = { tenant: 'acme' }
const message = await envelope.encrypt(new TextEncoder().encode('order 17: 3 boxes'), { context })
const { plaintext } = await envelope.decrypt(message, { context })
console.log(`${message.length} bytes sealed; opened: ${new TextDecoder().decode(plaintext)}`)
