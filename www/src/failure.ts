/** How a failure is shown: its code, what it says, and what to do. @module */

import { isTsutsumiError } from 'tsutsumi'
import { element, find } from './dom.js'

/** What an error of the library says, as elements; any other error is a fault of the page. */
export function describe(error: unknown): HTMLElement[] {
  if (!isTsutsumiError(error)) return [element('p', '', String(error))]
  const lines = [element('strong', '', error.code), element('p', '', error.message)]
  if (error.hint !== undefined) lines.push(element('p', 'dim', error.hint))
  return lines
}

/** Shows the outcome of opening. */
export function verdict(good: boolean, lines: readonly HTMLElement[]): void {
  const place = find('verdict', HTMLElement)
  place.className = `verdict ${good ? 'good' : 'bad'}`
  place.replaceChildren(...lines)
}
