/** Sealing: text from the field, or a file of any size. @module */

import type { Envelope } from 'tsutsumi'
import { showBytes } from './byte-grid.js'
import { bytes, find, onClick, readPairs } from './dom.js'
import { describe, verdict } from './failure.js'
import { readSealed, type Sealed } from './message.js'
import { collect, metered } from './meter.js'

const text = find('text', HTMLTextAreaElement)
const input = find('file', HTMLInputElement)
const card = find('seal', HTMLElement)
const source = find('source', HTMLOutputElement)
const said = find('sealed', HTMLOutputElement)
let file: File | undefined

/** Wires the card; `done` hears of each message. */
export function startSealing(envelope: () => Envelope, done: (sealed: Sealed) => void): void {
  const work = async (): Promise<void> => {
    button.disabled = true
    try {
      const from = file ?? new Blob([text.value])
      const context = readPairs(find('context', HTMLInputElement).value)
      const begun = performance.now()
      const stream = metered(from).pipeThrough(envelope().encryptStream({ context }))
      const blob = await collect(stream)
      const ms = Math.round(performance.now() - begun)
      const sealed = await readSealed(blob, file?.name)
      said.value = `${bytes(from.size)} became ${bytes(blob.size)} in ${ms} ms`
      showBytes(sealed)
      done(sealed)
    } catch (error) {
      said.value = 'not sealed'
      verdict(false, describe(error))
    } finally {
      button.disabled = false
    }
  }
  const button = onClick('seal-button', work)
  button.disabled = false
  input.addEventListener('change', () => void take(input.files?.[0], work))
  text.addEventListener('input', () => take(undefined))
  card.addEventListener('dragover', (event) => {
    event.preventDefault()
    card.classList.add('over')
  })
  card.addEventListener('dragleave', () => card.classList.remove('over'))
  card.addEventListener('drop', (event) => {
    event.preventDefault()
    card.classList.remove('over')
    void take(event.dataTransfer?.files[0], work)
  })
  void work()
}

function take(chosen: File | undefined, then?: () => Promise<void>): Promise<void> | undefined {
  file = chosen
  source.value = chosen === undefined ? 'text' : `${chosen.name}, ${bytes(chosen.size)}`
  return chosen === undefined ? undefined : then?.()
}
