/** Small charts, drawn as SVG. @module */

import { shape } from './dom.js'

/** One bar. */
export interface Bar {
  readonly label: string
  readonly value: number
  readonly text: string
  readonly ours: boolean
}

const ROW = 29
const LABEL = 150
const TEXT = 90

/** Draws horizontal bars; lengths are on a square-root scale when `root` is set. */
export function drawBars(svg: SVGElement, bars: readonly Bar[], root = false): void {
  const width = svg.clientWidth || 400
  const scale = (value: number): number => (root ? Math.sqrt(value) : value)
  const most = Math.max(...bars.map(({ value }) => scale(value)), Number.MIN_VALUE)
  const drawn = bars.flatMap(({ label, value, text, ours }, index) => {
    const [y, length] = [index * ROW, ((width - LABEL - TEXT) * scale(value)) / most]
    const from = { x: LABEL, y: y + 6, width: Math.max(2, length), height: 17, rx: 4 }
    return [
      shape('text', { x: 0, y: y + 19, class: 'label' }, label),
      shape('rect', { ...from, class: ours ? 'ours' : 'theirs' }),
      shape('text', { x: LABEL + Math.max(2, length) + 8, y: y + 19 }, text),
    ]
  })
  svg.setAttribute('viewBox', `0 0 ${width} ${Math.max(1, bars.length) * ROW}`)
  svg.setAttribute('preserveAspectRatio', 'xMinYMin meet')
  const spoken = bars.map(({ label, text }) => `${label}: ${text}`).join('; ')
  svg.setAttribute('aria-label', spoken)
  svg.replaceChildren(...drawn)
}

/** Draws values over time as a line, the last at the right. */
export function drawLine(svg: SVGElement, values: readonly number[]): void {
  const most = Math.max(...values, 1)
  const points = values.map((value, at) => `${(at * 300) / 59},${58 - (54 * value) / most}`)
  svg.replaceChildren(shape('polyline', { points: points.join(' ') }))
}
