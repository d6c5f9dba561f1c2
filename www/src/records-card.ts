/** Records under a table, sealed as fast as this browser can while it stays responsive. @module */

import type { Envelope } from 'tsutsumi'
import { find, onClick } from './dom.js'
import { drawLine } from './drawing.js'
import { describe, verdict } from './failure.js'

const SLICE_MS = 8
const SAMPLES = 60
const SAMPLE_MS = 250
const VALUE = new Uint8Array(100).fill(42)

type Table = Awaited<ReturnType<Envelope['createTable']>>

/** Wires the card. */
export function startRecords(envelope: () => Envelope): void {
  const count = find('records-count', HTMLOutputElement)
  let table: Table | undefined
  let running = false
  const button = onClick('records-button', async () => {
    running = !running
    button.textContent = running ? 'Stop' : 'Start'
    if (!running) return
    try {
      table ??= await envelope().createTable()
      await run(
        table,
        () => running,
        (total) => {
          count.value = total.toLocaleString('en')
        },
      )
    } catch (error) {
      running = false
      button.textContent = 'Start'
      verdict(false, describe(error))
    }
  })
  button.disabled = false
}

async function run(
  table: Table,
  going: () => boolean,
  show: (total: number) => void,
): Promise<void> {
  const rate = find('records-rate', HTMLOutputElement)
  const line = find('records-line', SVGSVGElement)
  const rates: number[] = []
  let [total, before, since] = [0, 0, performance.now()]
  while (going()) {
    const end = performance.now() + SLICE_MS
    for (; performance.now() < end; total++) table.seal(VALUE, { row: String(total) })
    show(total)
    const elapsed = performance.now() - since
    if (elapsed >= SAMPLE_MS) {
      rates.push(((total - before) * 1000) / elapsed)
      if (rates.length > SAMPLES) rates.shift()
      rate.value = `${Math.round(rates.at(-1) ?? 0).toLocaleString('en')} a second`
      drawLine(line, rates)
      before = total
      since = performance.now()
    }
    await new Promise((resolve) => setTimeout(resolve))
  }
}
