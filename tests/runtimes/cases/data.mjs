// Tables of keys and their records, objects and their ranges, kept slots, branch keys.
import { check, fails, local, random, same, text, whole } from './checks.mjs'

function source(body, slots) {
  const fetched = { bytes: 0 }
  const fetch = async (start, end) => {
    fetched.bytes += end - start
    return body.slice(start, end)
  }
  return { fetched, source: { size: body.length, slots: JSON.stringify(slots), fetch } }
}

export const data = {
  async 'a table seals and opens records, and is opened again'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const context = { table: 'cards' }
    const made = await envelope.createTable({ context })
    const field = made.seal('4242', { row: '17' })
    const short = made.sealText(random(100), { row: '18' })
    const stored = await made.save()
    made.dispose()
    const table = await envelope.openTable(stored, { context })
    check(table.openText(field, { row: '17' }) === '4242', 'another value came out')
    check(table.open(short, { row: '18' }).length === 100, 'another length came out')
    for (const work of [
      () => table.open(field, { row: '18' }),
      () =>
        table.open(
          Uint8Array.from(field, (byte, at) => byte ^ Number(at === 30)),
          { row: '17' },
        ),
    ]) {
      await fails((async () => work())(), 'ERR_OPEN_FAILED')
    }
    table.dispose()
    await fails((async () => table.seal('x'))(), 'ERR_STATE')
    await fails(envelope.openTable(stored), 'ERR_POLICY_CONTEXT')
  },
  async 'a table rotates: older records open, unknown keys are refused'({ Envelope, ...lib }) {
    const envelope = new Envelope({ rootKey: local(lib) })
    const table = await envelope.createTable()
    const older = await envelope.openTable(await table.save())
    const before = table.seal('before')
    table.rotate()
    const after = table.seal('after')
    check(table.openText(before) === 'before' && table.openText(after) === 'after', 'they differ')
    await fails((async () => older.open(after))(), 'ERR_POLICY_KEY')
  },
  async 'many records take one call, committing ones too'({ Envelope, ...lib }) {
    const table = await new Envelope({ rootKey: local(lib) }).createTable()
    for (const records of [table, table.committing]) {
      const rows = Array.from({ length: 500 }, (_, row) => ({
        value: `value ${row}`,
        context: { row: `${row}` },
      }))
      const sealed = records.sealAll(rows)
      const opened = records.openAllText(
        sealed.map((record, row) => ({ record, context: { row: `${row}` } })),
      )
      check(
        opened.every((value, row) => value === `value ${row}`),
        'a record differs',
      )
    }
  },
  async 'an object is opened whole, and as a stream'({ Objects, ...lib }) {
    const objects = new Objects({ rootKey: local(lib) })
    const context = { name: 'a.bin' }
    const plaintext = random(100_000)
    const { body, slots } = await objects.seal(plaintext, { context })
    const kept = JSON.stringify(slots)
    check(same(await objects.open(body, { slots: kept, context }), plaintext), 'they differ')
    const stream = new Response(body).body.pipeThrough(objects.openStream({ slots: kept, context }))
    check(same(await whole(stream), plaintext), 'the stream differs')
    await fails(objects.open(body, { slots: kept }), 'ERR_POLICY_CONTEXT')
    const altered = body.slice()
    altered[50_000] ^= 1
    await fails(objects.open(altered, { slots: kept, context }), 'ERR_OPEN_FAILED')
  },
  async 'a range of an object fetches what covers it, and no more'({ Objects, ...lib }) {
    const objects = new Objects({ rootKey: local(lib) })
    const plaintext = random(1_000_000)
    const { body, slots } = await objects.seal(plaintext)
    for (const [from, to] of [
      [0, 1],
      [16_383, 16_385],
      [500_000, 520_000],
      [999_999, 1_000_000],
    ]) {
      const { source: where, fetched } = source(body, slots)
      const part = await objects.openRange(where, from, to)
      check(same(part, plaintext.subarray(from, to)), `${from} to ${to} differs`)
      check(fetched.bytes < 150_000, `${fetched.bytes} bytes were fetched`)
    }
  },
  async 'kept slots open under any of their root keys'({ DataKey, slot, ...lib }) {
    const [one, two] = [local(lib), local(lib)]
    const dataKey = DataKey.generate()
    const context = { object: 'a' }
    const slots = JSON.stringify(await slot.wrapSlots(dataKey, [one, two], { context }))
    for (const key of [one, two]) (await slot.openSlots(slots, key, { context })).dispose()
    await fails(slot.openSlots(slots, one), 'ERR_POLICY_CONTEXT')
    await fails(slot.openSlots(slots, local(lib), { context }), 'ERR_OPEN_FAILED')
    dataKey.dispose()
    await fails(slot.wrapSlots(dataKey, [one], { context }), 'ERR_STATE')
  },
  async 'a branch key spares the root key'({ Envelope, branchKeys, ...lib }) {
    const inner = local(lib)
    let calls = 0
    const counting = {
      provider: inner.provider,
      id: inner.id,
      wrap: (...args) => {
        calls += 1
        return inner.wrap(...args)
      },
      unwrap: (...args) => inner.unwrap(...args),
    }
    const rootKey = branchKeys(counting)
    const envelope = new Envelope({ rootKey })
    for (let round = 0; round < 20; round++) {
      check(same((await envelope.decrypt(await envelope.encrypt(text))).plaintext, text), 'differs')
    }
    check(calls === 1, `${calls} calls`)
    rootKey.dispose()
  },
  async 'an abort ends the work on objects and slots with its reason'({ Objects, ...lib }) {
    const never = new Promise(() => {})
    const rootKey = { ...{ provider: 'x', id: 'x' }, wrap: () => never, unwrap: () => never }
    const reason = Object.assign(new Error('enough'), { code: 'MINE' })
    const controller = new AbortController()
    const work = new Objects({ rootKey }).seal(text, { signal: controller.signal })
    const message = new lib.Envelope({ rootKey }).encrypt(text, { signal: controller.signal })
    controller.abort(reason)
    await fails(work, 'MINE')
    await fails(message, 'MINE')
  },
}
