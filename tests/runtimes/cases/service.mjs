// With a key service.
import { check, fails, random, same, text, whole } from './checks.mjs'

export const served = {
  async 'a root key of the service does the whole job'({ Envelope, keyProtect }, service) {
    const kms = keyProtect(service)
    const rootKey = await kms.createRootKey({ name: 'orders' })
    const envelope = new Envelope({ rootKey: kms.key(rootKey.id) })
    const message = await envelope.encrypt(text, { context: { tenant: 'acme' } })
    const opened = await envelope.decrypt(message, { context: { tenant: 'acme' } })
    check(same(opened.plaintext, text), 'the bytes differ')
    await fails(envelope.decrypt(message, { context: { tenant: 'x' } }), 'ERR_POLICY_CONTEXT')
  },
  async 'a stream is sealed and opened under a root key of the service'(lib, service) {
    const rootKey = await lib.keyProtect(service).createRootKey({ name: 'stream' })
    const envelope = new lib.Envelope({ rootKey })
    const plaintext = random(200_000)
    const sealed = new Response(plaintext).body.pipeThrough(envelope.encryptStream())
    check(same(await whole(sealed.pipeThrough(envelope.decryptStream())), plaintext), 'they differ')
  },
  async 'a disabled key opens nothing'({ Envelope, keyProtect, KmsError }, service) {
    const rootKey = await keyProtect(service).createRootKey({ name: 'disabled' })
    const envelope = new Envelope({ rootKey })
    const message = await envelope.encrypt(text)
    await rootKey.disable()
    const error = await fails(envelope.decrypt(message), 'ERR_KMS_KEY_STATE')
    check(error instanceof KmsError && error.retryable === false, 'another error')
  },
  async 'a key that is not there has an error of its own'({ keyProtect }, service) {
    const missing = keyProtect(service).key('00000000-0000-4000-8000-000000000000')
    await fails(missing.describe(), 'ERR_KMS_KEY_MISSING')
  },
  async 'a slot of another root key is never sent'({ Envelope, keyProtect }, service) {
    const kms = keyProtect(service)
    const one = await kms.createRootKey({ name: 'one' })
    const two = await kms.createRootKey({ name: 'two' })
    const message = await new Envelope({ rootKey: one }).encrypt(text)
    await fails(new Envelope({ rootKey: two }).decrypt(message), 'ERR_POLICY_KEY')
  },
}
