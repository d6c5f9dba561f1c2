/** Opening: the message as it is, or with the bits that were flipped. @module */

import type { Envelope } from 'tsutsumi'
import { flipped, mend, onFlip } from './byte-grid.js'
import { bytes, element, find, onClick, readPairs } from './dom.js'
import { describe, verdict } from './failure.js'
import { altered, type Sealed } from './message.js'
import { collect, metered } from './meter.js'

const TEXT_LEN_MAX = 2_000
const flips = find('flips', HTMLOutputElement)
let sealed: Sealed | undefined
let link: string | undefined
let opening = new AbortController()

/** Wires the card. */
export function startOpening(envelope: () => Envelope): (sealed: Sealed) => void {
  const open = onClick('open-button', () => openMessage(envelope()))
  const undo = onClick('mend', () => {
    mend()
    void openMessage(envelope())
  })
  onFlip(() => {
    const { size } = flipped()
    flips.value = size === 0 ? 'no bit flipped' : `${size} ${size === 1 ? 'bit' : 'bits'} flipped`
    undo.disabled = size === 0
    if (size > 0) void openMessage(envelope())
  })
  return (message) => {
    sealed = message
    open.disabled = false
    void openMessage(envelope())
  }
}

async function openMessage(envelope: Envelope): Promise<void> {
  if (sealed === undefined) return
  const { file } = sealed
  // Of two openings the later one is meant, even where the earlier one takes longer.
  opening.abort()
  opening = new AbortController()
  const { signal } = opening
  const message = altered(sealed, flipped())
  const context = readPairs(find('expected', HTMLInputElement).value)
  const begun = performance.now()
  try {
    const stream = metered(message).pipeThrough(envelope.decryptStream({ context, signal }))
    const plaintext = await collect(stream)
    const took = `${Math.round(performance.now() - begun)} ms`
    const head = element('strong', '', `Opened: ${bytes(plaintext.size)} in ${took}`)
    const lines = [head, await shown(plaintext, file)]
    if (!signal.aborted) verdict(true, lines)
  } catch (error) {
    if (signal.aborted) return
    const what = flipped().size > 0 ? 'Refused, and nothing of it was shown.' : 'Refused.'
    verdict(false, [...describe(error), element('p', 'dim', what)])
  }
}

async function shown(plaintext: Blob, file: string | undefined): Promise<HTMLElement> {
  if (file === undefined) {
    const text = await plaintext.slice(0, TEXT_LEN_MAX).text()
    return element('p', 'mono', text)
  }
  if (link !== undefined) URL.revokeObjectURL(link)
  link = URL.createObjectURL(plaintext)
  const save = document.createElement('a')
  save.href = link
  save.download = file
  save.textContent = `Save ${file}`
  const line = element('p', '')
  line.append(save)
  return line
}
