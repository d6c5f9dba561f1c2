/**
 * The little XML that the API of S3 has: elements with text or elements in them.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  gt: '>',
  lt: '<',
  quot: '"',
}

/** The contents of all elements of a name, as they stand. */
export function elements(xml: string, name: string): string[] {
  const found: string[] = []
  const pattern = new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</${name}>)`, 'g')
  for (const [, inner] of xml.matchAll(pattern)) found.push(inner ?? '')
  return found
}

/** The text of the first element of a name; undefined if there is none. */
export function textAt(xml: string, name: string): string | undefined {
  const [inner] = elements(xml, name)
  return inner === undefined ? undefined : unescapeXml(inner)
}

/** Text as it was before it was put into XML. */
export function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w{2,4}));/g, (all, hex, dec, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all
    const code = hex === undefined ? Number(dec) : Number.parseInt(hex, 16)
    return code > 0x10_ffff ? all : String.fromCodePoint(code)
  })
}

/** Text as XML has it. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']|\p{Cc}/gu, (char) => {
    const [name] = Object.entries(ENTITIES).find(([, value]) => value === char) ?? []
    return name === undefined ? `&#${char.charCodeAt(0)};` : `&${name};`
  })
}
