/** The playground: wires its cards to one envelope. @module */

import { Envelope } from 'tsutsumi'
import { startAccount } from './account.js'
import { startMeasuring } from './browser-card.js'
import { element, find } from './dom.js'
import { describe, verdict } from './failure.js'
import { startKeys } from './key-card.js'
import { startOpening } from './open-card.js'
import { startRecords } from './records-card.js'
import { startSealing } from './seal-card.js'

// What the page loaded of itself is there before the first measurement; all else would count.
const network = find('network', HTMLElement)
let requests = 0
new PerformanceObserver((list) => {
  const foreign = list.getEntries().filter(({ name }) => !name.startsWith(location.origin))
  requests += foreign.filter(({ name }) => /^https?:/.test(name)).length
  network.textContent = String(requests)
}).observe({ type: 'resource', buffered: true })

find('policy', HTMLElement).textContent = __POLICY__

let envelope: Envelope | undefined

function current(): Envelope {
  if (envelope === undefined) throw new Error('the key service has not started')
  return envelope
}

async function start(): Promise<void> {
  const client = await startAccount()
  await startKeys(client, (rootKey) => {
    envelope = new Envelope({ rootKey })
  })
  const opened = startOpening(current)
  startSealing(current, opened)
  startRecords(current)
  startMeasuring(current)
  document.documentElement.dataset['ready'] = 'yes'
}

start().catch((error: unknown) => {
  verdict(false, [...describe(error), element('p', 'dim', 'The page could not start.')])
})
