// What is timed: modules that seal 17 bytes, by the name of the library that they import.

/** Messages: a data key of their own, wrapped. */
const messages = {
  tsutsumi: `import { Envelope, wrappingKey } from 'tsutsumi'
export async function first(key, text) {
  const rootKey = wrappingKey(key, { namespace: 'bench', name: 'key' })
  return new Envelope({ rootKey }).encrypt(text)
}`,
  'tsutsumi/webcrypto': `import { Envelope, wrappingKey } from 'tsutsumi/webcrypto'
export async function first(key, text) {
  const rootKey = await wrappingKey(key, { namespace: 'bench', name: 'key' })
  return new Envelope({ rootKey }).encrypt(text)
}`,
}

/** One that is for Node.js alone. */
const node = {
  '@aws-crypto/client-node': `import * as aws from '@aws-crypto/client-node'
export async function first(key, text) {
  const wrappingSuite = aws.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING
  const names = { keyNamespace: 'bench', keyName: 'key' }
  const keyring = new aws.RawAesKeyringNode({ ...names, unencryptedMasterKey: key, wrappingSuite })
  const { encrypt } = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  return (await encrypt(keyring, text)).result
}`,
}

/** Ciphers, without anything around them. */
const ciphers = {
  '@noble/ciphers, a cipher': `import { gcm } from '@noble/ciphers/aes.js'
export async function first(key, text) {
  return gcm(key, crypto.getRandomValues(new Uint8Array(12))).encrypt(text)
}`,
  'libsodium-wrappers, a cipher': `import sodium from 'libsodium-wrappers'
export async function first(key, text) {
  await sodium.ready
  return sodium.crypto_secretbox_easy(text, crypto.getRandomValues(new Uint8Array(24)), key)
}`,
}

/** Nothing but the runtime, which the others are measured against. */
export const NOTHING = { nothing: 'export async function first(key, text) { return text }' }

export const EVERYWHERE = { ...messages, ...ciphers }
export const IN_NODE = { ...messages, ...node, ...ciphers }
