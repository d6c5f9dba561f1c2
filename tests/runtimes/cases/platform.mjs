// Messages by the platform's own cipher, beside those of the core.
import { check, fails, random, same, text, whole } from './checks.mjs'

const names = { namespace: 'suite', name: 'key' }

export const platform = {
  async 'messages without the core open with it, and the other way round'({ web, ...lib }) {
    const bytes = random(32)
    const core = new lib.Envelope({ rootKey: lib.wrappingKey(bytes, names) })
    const plain = new web.Envelope({ rootKey: await web.wrappingKey(bytes, names) })
    const context = { tenant: 'acme', ключ: '包み' }
    for (const [from, to] of [
      [core, plain],
      [plain, core],
      [plain, plain],
    ]) {
      for (const length of [0, 17, 65_536, 200_000]) {
        const plaintext = random(length)
        const message = await from.encrypt(plaintext, { context })
        check(same((await to.decrypt(message, { context })).plaintext, plaintext), 'they differ')
        await fails(to.decrypt(message), 'ERR_POLICY_CONTEXT')
      }
    }
  },
  async 'streams without the core open with it, and the other way round'({ web, ...lib }) {
    const bytes = random(32)
    const core = new lib.Envelope({ rootKey: lib.wrappingKey(bytes, names) })
    const plain = new web.Envelope({ rootKey: await web.wrappingKey(bytes, names) })
    const plaintext = random(300_000)
    for (const [from, to] of [
      [core, plain],
      [plain, core],
    ]) {
      const sealed = new Response(plaintext).body.pipeThrough(from.encryptStream())
      check(same(await whole(sealed.pipeThrough(to.decryptStream())), plaintext), 'they differ')
    }
  },
  async 'a flipped bit anywhere is refused as the core refuses it'({ web, ...lib }) {
    const bytes = random(32)
    const core = new lib.Envelope({ rootKey: lib.wrappingKey(bytes, names) })
    const plain = new web.Envelope({ rootKey: await web.wrappingKey(bytes, names) })
    const message = await core.encrypt(text)
    for (let at = 0; at < message.length; at++) {
      const flipped = message.slice()
      flipped[at] ^= 0x10
      const [mine, its] = await Promise.all(
        [plain, core].map((one) =>
          one.decrypt(flipped).then(
            () => 'opened',
            (error) => error.code ?? String(error),
          ),
        ),
      )
      check(mine === its && mine !== 'opened', `byte ${at}: ${mine}, and ${its} of the core`)
    }
  },
}
