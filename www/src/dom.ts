/** The page's elements, found or made. @module */

/** The element with this id, of the class that the page gives it. */
export function find<T extends Element>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${kind.name} \`${id}\``)
}

/** A button's or an output's id and what the click does. */
export function onClick(id: string, work: () => unknown): HTMLButtonElement {
  const button = find(id, HTMLButtonElement)
  button.addEventListener('click', () => void work())
  return button
}

/** Makes an element with a class and text in it. Text, never markup. */
export function element(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.textContent = text
  return made
}

/** Makes an element of a drawing. */
export function shape(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text = '',
): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  made.textContent = text
  return made
}

const UNITS = ['B', 'kB', 'MB', 'GB'] as const

/** A number of bytes for people. */
export function bytes(count: number): string {
  let [value, unit] = [count, 0]
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`
}

/** A time in milliseconds for people. */
export function time(ms: number): string {
  return ms < 1 ? `${(ms * 1000).toPrecision(3)} µs` : `${ms.toPrecision(3)} ms`
}

/** Text under text from `a=1, b=2`. */
export function readPairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  for (const pair of text.split(',')) {
    const [key = '', ...rest] = pair.split('=')
    if (key.trim() !== '') pairs[key.trim()] = rest.join('=').trim()
  }
  return pairs
}
