import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataKey, Envelope, type RootKey, type Slot, wrappingKey } from 'tsutsumi'
import { generateDataKey } from '../dist/data-key.js'
import { beginSealing, sealShort } from '../dist/message/seal.js'
import { loadFormats } from '../dist/wasm/formats.js'
import { core, type Instance } from '../dist/wasm/instance.js'
import { rejectsCode } from './support/failure.js'
import { holds, randomBytes } from './support/keys.js'

const formats: Instance = await loadFormats()

// A data key is 32 bytes that are never seen here, so a twin of known bytes stands in for it.
async function knownKey(instance: Instance, bytes: Uint8Array): Promise<DataKey> {
  const id = instance.enter((calls) => {
    new Uint8Array(calls.memory.buffer).set(bytes, calls.input(32))
    return calls.dataKeyLand(32)
  })
  const { adoptDataKey } = await import('../dist/data-key.js')
  return adoptDataKey(id, instance)
}

function localKey(): RootKey {
  return wrappingKey(new Uint8Array(32).fill(7), { namespace: 'tests', name: 'one' })
}

describe('a data key of the other module', () => {
  it('is wrapped by a root key of the core, and sealed with there', async () => {
    const rootKey = localKey()
    const terms = { rootKeys: [rootKey], context: { a: '1' }, requiredContext: {} }
    const sealing = await beginSealing(formats, { ...terms, signal: undefined })
    const message = sealShort(sealing, Uint8Array.of(1, 2, 3))
    const { plaintext } = await new Envelope({ rootKey }).decrypt(message, { context: { a: '1' } })
    assert.deepEqual([...plaintext], [1, 2, 3])
  })

  it('leaves no trace in the memory that it was carried to', async () => {
    const bytes = randomBytes(32)
    const dataKey = await knownKey(formats, bytes)
    assert.ok(holds(formats.memory.buffer, bytes), 'the control: where it lives, it is found')
    await localKey().wrap(dataKey)
    assert.ok(!holds(core.memory.buffer, bytes))
    dataKey.dispose()
    assert.ok(!holds(formats.memory.buffer, bytes))
  })

  it('is of no use once disposed of', async () => {
    const dataKey = generateDataKey(formats)
    dataKey.dispose()
    await rejectsCode(localKey().wrap(dataKey), 'ERR_STATE')
  })

  it('is freed by number in its own module, not in the other', async () => {
    const [here, there] = [DataKey.generate(), generateDataKey(formats)]
    there.dispose()
    const slot: Slot = await localKey().wrap(here)
    assert.equal(slot.ciphertext.length, 48)
  })
})
