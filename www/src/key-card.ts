/** The root key's life: disabled, enabled, deleted, replaced. @module */

import type { Client, RootKey } from './account.js'
import { find, onClick } from './dom.js'
import { describe, verdict } from './failure.js'

const state = find('key-state', HTMLElement)

/** Wires the card; `use` hears of each new root key. */
export async function startKeys(client: Client, use: (rootKey: RootKey) => void): Promise<void> {
  let rootKey = await client.createRootKey({ name: 'playground' })
  let made = 1
  const refresh = async (): Promise<void> => {
    const { name, crn, state: now } = await rootKey.describe()
    find('key-name', HTMLElement).textContent = name
    const place = find('key-crn', HTMLElement)
    place.textContent = crn
    place.title = crn
    state.textContent = now
    state.classList.toggle('closed', now !== 'active')
    disable.disabled = now !== 'active'
    enable.disabled = now !== 'suspended'
    remove.disabled = now === 'destroyed'
  }
  const after = (work: () => Promise<unknown>) => async (): Promise<void> => {
    await work().catch((error: unknown) => verdict(false, describe(error)))
    await refresh()
  }
  const disable = onClick(
    'key-disable',
    after(() => rootKey.disable()),
  )
  const enable = onClick(
    'key-enable',
    after(() => rootKey.enable()),
  )
  const remove = onClick(
    'key-delete',
    after(() => rootKey.delete()),
  )
  const fresh = onClick(
    'key-new',
    after(async () => {
      made += 1
      rootKey = await client.createRootKey({ name: `playground ${made}` })
      use(rootKey)
    }),
  )
  fresh.disabled = false
  use(rootKey)
  await refresh()
}
