/** The key service in this tab, and every call that is made to it. @module */

import { keyProtect } from 'tsutsumi/key-protect'
import { type EmbeddedKeyProtect, embeddedKeyProtect } from 'tsutsumi/local'
import { element, find, time } from './dom.js'

export type Client = ReturnType<typeof keyProtect>
export type RootKey = ReturnType<Client['key']>

const SHOWN = 60

function show(method: string, what: string, status: number, ms: number): void {
  const calls = find('calls', HTMLOListElement)
  const item = element('li', status < 400 ? '' : 'bad')
  item.append(
    element('span', '', method),
    element('span', 'clip', what),
    element('span', '', String(status)),
    element('span', 'dim', time(ms)),
  )
  calls.prepend(item)
  while (calls.childElementCount > SHOWN) calls.lastElementChild?.remove()
}

// A root key's id is 36 characters of noise; what matters is what was asked of it.
function shorten(url: URL): string {
  return `${url.pathname}${url.search}`.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '…')
}

function watched(service: EmbeddedKeyProtect): EmbeddedKeyProtect['fetch'] {
  return async (url, init) => {
    const begun = performance.now()
    const response = await service.fetch(url, init)
    const ms = performance.now() - begun
    show(init?.method ?? 'GET', shorten(new URL(url)), response.status, ms)
    return response
  }
}

/** Starts the service; the client is the same as for a service far away. */
export async function startAccount(): Promise<Client> {
  const service = await embeddedKeyProtect()
  const { url, instance, apiKey } = service
  return keyProtect({ url, instance, apiKey, fetch: watched(service) })
}
