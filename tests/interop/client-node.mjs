// The official AWS Encryption SDK for Node.js as a peer, with its raw AES keyring and a keyring of
// our own that has a key service wrap and unwrap by HTTP.
import { createHash, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'

import { Refused } from '../support/peer.mjs'
import { serialise } from './support/context.mjs'
import { isUncommitted } from './support/programs.mjs'

const require = createRequire(import.meta.url)
const esdk = require('@aws-crypto/client-node')

const { CommitmentPolicy, EncryptedDataKey, KeyringNode, KeyringTraceFlag } = esdk
const COMMITTING = esdk.buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const UNCOMMITTED = esdk.buildClient(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)

const PROVIDER = 'ibm-key-protect'

// The keyring wants arrays that share their memory with nothing.
const isolated = (bytes) => Uint8Array.from(bytes)

class KeyProtectKeyring extends KeyringNode {
  constructor(key) {
    super()
    this.key = key
    Object.freeze(this)
  }

  async _onEncrypt(material) {
    if (!material.hasUnencryptedDataKey) {
      const flags = KeyringTraceFlag.WRAPPING_KEY_GENERATED_DATA_KEY
      material.setUnencryptedDataKey(isolated(randomBytes(32)), this.#trace(flags))
    }
    const dataKey = material.getUnencryptedDataKey()
    const bytes = dataKey instanceof Uint8Array ? Buffer.from(dataKey) : dataKey.export()
    const body = { plaintext: bytes.toString('base64') }
    const { ciphertext } = await this.#call('wrap', material.encryptionContext, body)
    const slot = new EncryptedDataKey({
      providerId: PROVIDER,
      providerInfo: this.key.crn,
      encryptedDataKey: isolated(Buffer.from(ciphertext)),
    })
    const flags = KeyringTraceFlag.WRAPPING_KEY_ENCRYPTED_DATA_KEY
    return material.addEncryptedDataKey(slot, flags)
  }

  async _onDecrypt(material, slots) {
    const mine = (slot) => slot.providerId === PROVIDER && slot.providerInfo === this.key.crn
    for (const slot of slots.filter(mine)) {
      const body = { ciphertext: Buffer.from(slot.encryptedDataKey).toString() }
      const { plaintext } = await this.#call('unwrap', material.encryptionContext, body)
      const dataKey = isolated(Buffer.from(plaintext, 'base64'))
      const flags = KeyringTraceFlag.WRAPPING_KEY_DECRYPTED_DATA_KEY
      return material.setUnencryptedDataKey(dataKey, this.#trace(flags))
    }
    return material
  }

  #trace(flags) {
    return { keyNamespace: PROVIDER, keyName: this.key.crn, flags }
  }

  async #call(action, context, body) {
    const digest = createHash('sha384').update(serialise(Object.entries(context)))
    const aad = [digest.digest('base64url')]
    const { url, id, token, instance } = this.key
    const reply = await fetch(`${url}/api/v2/keys/${id}/actions/${action}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'bluemix-instance': instance,
        'content-type': `application/vnd.ibm.kms.key_action_${action}+json`,
      },
      body: JSON.stringify({ ...body, aad }),
    })
    if (!reply.ok) throw new Error(`${action}: HTTP ${reply.status}`)
    return await reply.json()
  }
}

function keyring(key, utf8Sorting) {
  if (key.kind === 'key-protect') return new KeyProtectKeyring(key)
  if (key.kind === 'aws-kms') {
    const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' }
    const { url: endpoint, region, arn } = key
    const clientProvider = () => new esdk.KMS({ endpoint, region, credentials })
    return new esdk.KmsKeyringNode({ generatorKeyId: arn, keyIds: [], clientProvider })
  }
  const { RawAesKeyringNode, RawAesWrappingSuiteIdentifier } = esdk
  return new RawAesKeyringNode({
    keyNamespace: key.namespace,
    keyName: key.name,
    unencryptedMasterKey: isolated(key.bytes),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
    utf8Sorting,
  })
}

function keyringOf(keys, utf8Sorting) {
  const [generator, ...children] = keys.map((key) => keyring(key, utf8Sorting))
  return children.length === 0 ? generator : new esdk.MultiKeyringNode({ generator, children })
}

const refusing = (work) =>
  work.catch((error) => {
    throw new Refused(error.message)
  })

/**
 * The peer. Its raw AES keyring sorts the context by UTF-16 code units unless it is told otherwise,
 * which no other implementation does; `utf8Sorting: false` is for a control.
 */
export const clientNode = {
  name: 'client-node',

  async seal({ keys, context, plaintext, frame, suite = 0x0478 }) {
    const client = isUncommitted(suite) ? UNCOMMITTED : COMMITTING
    const options = { encryptionContext: Object.fromEntries(context), frameLength: frame }
    const keyrings = keyringOf(keys, true)
    const { result } = await refusing(
      client.encrypt(keyrings, plaintext, { ...options, suiteId: suite }),
    )
    return new Uint8Array(result)
  },

  async open({ keys, message, utf8Sorting = true, suite }) {
    const client = isUncommitted(suite) ? UNCOMMITTED : COMMITTING
    const opened = await refusing(client.decrypt(keyringOf(keys, utf8Sorting), message))
    const context = Object.entries(opened.messageHeader.encryptionContext)
    return { plaintext: new Uint8Array(opened.plaintext), context }
  },
}
