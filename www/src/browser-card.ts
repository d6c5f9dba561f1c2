/** Timings and sizes of this very browser. @module */

import type { Envelope } from 'tsutsumi'
import { bytes, find, onClick, time } from './dom.js'
import { type Bar, drawBars } from './drawing.js'

const LENGTHS = [32, 1_024, 65_536, 1_048_576] as const
const PATIENCE_MS = 350

/** Wires the card. */
export function startMeasuring(envelope: () => Envelope): void {
  const sizes = Object.entries(__SIZES__)
  drawBars(
    find('sizes', SVGSVGElement),
    sizes.map(([label, value]) => ({ label, value, text: bytes(value), ours: true })),
  )
  const said = find('measured', HTMLOutputElement)
  const button = onClick('measure', async () => {
    button.disabled = true
    const bars: Bar[] = []
    try {
      for (const length of LENGTHS) {
        said.value = `measuring ${bytes(length)} …`
        const plaintext = new Uint8Array(length)
        bars.push(await bar(`envelope ${bytes(length)}`, true, () => envelope().encrypt(plaintext)))
        bars.push(await bar(`AES only ${bytes(length)}`, false, await platformCipher(plaintext)))
        drawBars(find('times', SVGSVGElement), bars, true)
      }
      said.value = 'medians; bars on a square-root scale'
    } finally {
      button.disabled = false
    }
  })
  button.disabled = false
}

async function bar(label: string, ours: boolean, work: () => Promise<unknown>): Promise<Bar> {
  const times: number[] = []
  const end = performance.now() + PATIENCE_MS
  // The first calls are compiled, not measured.
  for (let call = 0; call < 5; call++) await work()
  while (times.length < 3 || performance.now() < end) {
    const begun = performance.now()
    // Browsers make their clock coarse: ten calls are one measurement.
    for (let call = 0; call < 10; call++) await work()
    times.push((performance.now() - begun) / 10)
    if (performance.now() > end) break
  }
  times.sort((a, b) => a - b)
  const value = times[times.length >> 1] ?? 0
  return { label, value, text: time(value), ours }
}

// What the browser does without an envelope: one key, one AES-GCM call.
async function platformCipher(plaintext: Uint8Array<ArrayBuffer>): Promise<() => Promise<unknown>> {
  const { subtle } = crypto
  const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt'])
  return () => {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    return subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext)
  }
}
