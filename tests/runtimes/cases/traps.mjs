// What is left after the core has failed for real: an access outside one of its tables.
import { check, fails, local, same, text } from './checks.mjs'

function trap(core) {
  core.enter(() => core.raw.__externref_table_dealloc(1 << 30))
}

export const traps = {
  async 'a trap is an error, after which new work succeeds'({ core, Envelope, DataKey, ...lib }) {
    const old = local(lib)
    const dataKey = DataKey.generate()
    const message = await new Envelope({ rootKey: old }).encrypt(text)
    const memory = core.memory
    await fails((async () => trap(core))(), 'ERR_INTERNAL')
    const left = new Uint8Array(memory.buffer)
    check(left.length > 0 && left.every((byte) => byte === 0), 'the memory is not overwritten')
    await fails(new Envelope({ rootKey: old }).decrypt(message), 'ERR_STATE')
    const fresh = local(lib)
    await fails(fresh.wrap(dataKey), 'ERR_STATE')
    dataKey.dispose()
    old.dispose()
    const envelope = new Envelope({ rootKey: fresh })
    check(same((await envelope.decrypt(await envelope.encrypt(text))).plaintext, text), 'differs')
  },
}
