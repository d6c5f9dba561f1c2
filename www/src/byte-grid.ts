/** The bytes of a message as a grid: point at one to learn what it is, press to flip. @module */

import type { MessageField } from 'tsutsumi'
import { clauseOf } from './clauses.js'
import { element, find } from './dom.js'
import type { Sealed } from './message.js'

const PER_ROW = 16
const HEAD_ROWS = 128

const grid = find('grid', HTMLElement)
const list = find('fields', HTMLOListElement)
let cells = new Map<number, HTMLElement>()
let sealed: Sealed | undefined
let flips = new Map<number, number>()
let current: MessageField | undefined
let changed: () => void = () => {}

/** The bits that were flipped, by offset. */
export function flipped(): ReadonlyMap<number, number> {
  return flips
}

/** Calls back after every flip. */
export function onFlip(work: () => void): void {
  changed = work
}

/** Shows a message in place of the one before. */
export function showBytes(message: Sealed): void {
  sealed = message
  flips = new Map()
  cells = new Map()
  current = undefined
  const rows: HTMLElement[] = []
  const shown = Math.min(message.start.length, HEAD_ROWS * PER_ROW)
  for (let at = 0; at < shown; at += PER_ROW) rows.push(row(message, at, shown))
  if (message.blob.size > shown) {
    const rest = (message.blob.size - shown).toLocaleString('en')
    rows.push(element('div', 'gap', `… and ${rest} bytes more`))
  }
  grid.replaceChildren(...rows)
  list.replaceChildren(...message.fields.map((field) => fieldItem(field)))
  focusable(0)
  const first = message.fields[0]
  if (first !== undefined) explain(first)
  changed()
}

/** Flips back what was flipped. */
export function mend(): void {
  for (const at of [...flips.keys()]) set(at, 0)
  changed()
}

function row(message: Sealed, from: number, end: number): HTMLElement {
  const line = element('div', '')
  line.setAttribute('role', 'row')
  const head = element('span', '', from.toString(16).padStart(4, '0'))
  head.setAttribute('role', 'rowheader')
  line.append(head)
  for (let at = from; at < Math.min(from + PER_ROW, end); at++) line.append(cell(message, at))
  return line
}

function cell(message: Sealed, at: number): HTMLElement {
  const field = fieldAt(message, at)
  const made = element('span', field === undefined ? '' : clauseOf(field.name).group)
  made.setAttribute('role', 'gridcell')
  made.dataset['at'] = String(at)
  made.tabIndex = -1
  cells.set(at, made)
  draw(made, message, at)
  return made
}

function draw(shown: HTMLElement, message: Sealed, at: number): void {
  const mask = flips.get(at) ?? 0
  const text = ((message.start[at] ?? 0) ^ mask).toString(16).padStart(2, '0')
  shown.textContent = text
  shown.classList.toggle('flipped', mask !== 0)
  const name = fieldAt(message, at)?.name ?? 'beyond what is shown'
  const state = mask === 0 ? '' : ', flipped'
  shown.setAttribute('aria-label', `${text}, byte ${at}, ${name}${state}`)
}

function fieldAt(message: Sealed, at: number): MessageField | undefined {
  return message.fields.find(({ offset, length }) => at >= offset && at < offset + length)
}

function set(at: number, mask: number): void {
  const shown = cells.get(at)
  if (sealed === undefined || shown === undefined) return
  if (mask === 0) flips.delete(at)
  else flips.set(at, mask)
  draw(shown, sealed, at)
}

function fieldItem(field: MessageField): HTMLElement {
  const item = element('li', '')
  const button = document.createElement('button')
  button.type = 'button'
  const name = element('span', 'clip')
  name.append(element('i', clauseOf(field.name).group), field.name)
  const [offset, length] = [String(field.offset), String(field.length)]
  button.append(element('span', 'dim', offset), element('span', 'dim', length), name)
  button.setAttribute('aria-label', `${field.name}, ${length} bytes at ${offset}`)
  button.addEventListener('click', () => {
    explain(field)
    const first = cells.get(field.offset)
    if (first !== undefined) grid.scrollTop = first.offsetTop - grid.offsetTop - 60
  })
  item.append(button)
  return item
}

function explain(field: MessageField): void {
  if (sealed === undefined) return
  for (const at of span(current)) cells.get(at)?.classList.remove('here')
  current = field
  for (const at of span(field)) cells.get(at)?.classList.add('here')
  const value = sealed.start.subarray(field.offset, field.offset + Math.min(field.length, 400))
  find('clause-name', HTMLElement).textContent = field.name
  const where = `${field.length} ${field.length === 1 ? 'byte' : 'bytes'} at ${field.offset}`
  find('clause-where', HTMLElement).textContent = where
  find('clause-value', HTMLElement).textContent = readable(field.name, value)
  find('clause-text', HTMLElement).textContent = clauseOf(field.name).text
}

function* span(field: MessageField | undefined): Generator<number> {
  if (field === undefined) return
  const end = Math.min(field.offset + field.length, cells.size)
  for (let at = field.offset; at < end; at++) yield at
}

// A wrapped key of Key Protect is text too.
const TEXTS = new Set(['context key', 'context value', 'slot provider', 'slot info'])
const NUMBERS = /(length|count|number)$/

function readable(name: string, value: Uint8Array): string {
  if (TEXTS.has(name) || name === 'slot wrapped key') return new TextDecoder().decode(value)
  if (NUMBERS.test(name)) return String(value.reduce((sum, byte) => sum * 256 + byte, 0))
  return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
}

// One byte is in the tab order at a time; the arrow keys move that place.
function focusable(at: number, take = false): void {
  for (const shown of grid.querySelectorAll('[tabindex="0"]')) shown.setAttribute('tabindex', '-1')
  const shown = cells.get(at)
  if (shown === undefined) return
  shown.tabIndex = 0
  if (take) shown.focus()
}

function placeOf(event: Event): number | undefined {
  const at = event.target instanceof HTMLElement ? event.target.dataset['at'] : undefined
  return at === undefined ? undefined : Number(at)
}

function look(event: Event): void {
  const at = placeOf(event)
  const field = at === undefined || sealed === undefined ? undefined : fieldAt(sealed, at)
  if (field !== undefined && field !== current) explain(field)
}

function flip(event: Event): void {
  const at = placeOf(event)
  if (at === undefined) return
  focusable(at)
  set(at, flips.has(at) ? 0 : 1)
  changed()
}

const STEPS: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -PER_ROW,
  ArrowDown: PER_ROW,
  PageUp: -PER_ROW * 8,
  PageDown: PER_ROW * 8,
}

grid.addEventListener('pointerover', look)
grid.addEventListener('focusin', look)
grid.addEventListener('click', flip)
grid.addEventListener('keydown', (event) => {
  const at = placeOf(event)
  if (at === undefined) return
  if (event.key === 'Enter' || event.key === ' ') flip(event)
  else if (event.key === 'Home') focusable(0, true)
  else if (event.key === 'End') focusable(cells.size - 1, true)
  else if (STEPS[event.key] === undefined) return
  else {
    const to = at + (STEPS[event.key] ?? 0)
    focusable(Math.max(0, Math.min(cells.size - 1, to)), true)
  }
  event.preventDefault()
})
