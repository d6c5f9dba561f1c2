// The npm package as a peer: whole messages and streams, wrapping keys and the Key Protect client.
import { Refused } from '../support/peer.mjs'
import { isUncommitted } from './support/programs.mjs'

const { Envelope, isTsutsumiError, wrappingKey } = await import('../../js/dist/index.js')
const { awsKms } = await import('../../js/dist/aws-kms.js')
const { keyProtect } = await import('../../js/dist/key-protect.js')

// Chunks of a stream: no divisor of any frame.
const CHUNK = 10_007

function rootKey(key) {
  if (key.kind === 'raw') {
    return wrappingKey(key.bytes, { namespace: key.namespace, name: key.name })
  }
  if (key.kind === 'aws-kms') {
    const credentials = { accessKeyId: 'tests', secretAccessKey: 'tests' }
    return awsKms({ url: key.url, region: key.region, credentials }).key(key.arn)
  }
  const { url, instance, apiKey, crn } = key
  return keyProtect({ url, instance, apiKey }).key(crn)
}

async function using(keys, work, suite) {
  const rootKeys = keys.map(rootKey)
  const allow = { commitment: 'allow-uncommitted', keyDerivation: 'allow-identity' }
  try {
    return await work(new Envelope({ rootKeys, ...(isUncommitted(suite) ? allow : {}) }))
  } catch (error) {
    if (isTsutsumiError(error)) throw new Refused(error.code)
    throw error
  } finally {
    for (const key of rootKeys) key.dispose?.()
  }
}

function chunks(bytes) {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.slice(at, at + CHUNK))
      else controller.close()
      at += CHUNK
    },
  })
}

async function gather(stream) {
  const parts = []
  for await (const part of stream) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

const optionsOf = (context, required = []) => ({
  context: context === undefined ? 'unchecked' : Object.fromEntries(context),
  requiredContext: Object.fromEntries(required),
})

/** Whole messages. */
export const sdk = {
  name: 'npm package',

  seal({ keys, context, required, plaintext }) {
    const options = optionsOf(context, required)
    return using(keys, (envelope) => envelope.encrypt(plaintext, options))
  },

  async open({ keys, context, required, message, suite }) {
    const options = optionsOf(context, required)
    const opened = await using(keys, (envelope) => envelope.decrypt(message, options), suite)
    return { plaintext: opened.plaintext, context: Object.entries(opened.context) }
  },
}

/** The same as streams. */
export const sdkStream = {
  name: 'npm package, streams',

  seal({ keys, context, required, plaintext }) {
    const options = optionsOf(context, required)
    return using(keys, (envelope) =>
      gather(chunks(plaintext).pipeThrough(envelope.encryptStream(options))),
    )
  },

  async open({ keys, context, required, message, suite }) {
    const work = async (envelope) => {
      const stream = envelope.decryptStream(optionsOf(context, required))
      const plaintext = await gather(chunks(message).pipeThrough(stream))
      return { plaintext, context: Object.entries(await stream.context) }
    }
    return await using(keys, work, suite)
  },
}
