// What several memories differ in, without the bytes that are public.

const BLOCK = 4096

/** How many runs are compared: as many bytes as make an exact number. */
export const RUNS = 6

function differing(images) {
  const [first, ...others] = images
  const places = []
  for (let start = 0; start < first.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, first.length)
    const same = (other) => first.compare(other, start, end, start, end) === 0
    if (others.every(same)) continue
    for (let at = start; at < end; at++) {
      if (others.some((other) => other[at] !== first[at])) places.push(at)
    }
  }
  return places
}

// What the runs have at one place, as one number.
function across(arrays, at) {
  let number = 0
  for (const array of arrays) number = number * 256 + array[at]
  return number
}

function sameLength(arrays, what) {
  if (arrays.length !== RUNS) throw new Error(`${RUNS} runs are compared, not ${arrays.length}`)
  if (arrays.some(({ length }) => length !== arrays[0].length)) {
    throw new Error(`the runs differ in the length of ${what}`)
  }
}

/**
 * The places at which the memories differ and that public bytes do not explain.
 *
 * Explained is a place where every run has what stands at one place of its own public bytes; six
 * bytes do that by chance once in 2²⁸ times among a million public ones.
 *
 * @param {{ image: Buffer, known: Uint8Array[] }[]} runs - Alike in everything but the secrets.
 */
export function residue(runs) {
  const images = runs.map(({ image }) => image)
  const known = runs.map((run) => Buffer.concat(run.known))
  sameLength(images, 'memory')
  sameLength(known, 'what is public')
  const places = differing(images)
  const wanted = new Set(places.map((at) => across(images, at)))
  const explained = new Set()
  for (let at = 0; wanted.size > 0 && at < known[0].length; at++) {
    const number = across(known, at)
    if (wanted.has(number)) explained.add(number)
  }
  return places.filter((at) => !explained.has(across(images, at)))
}

/** Places as ranges with the bytes of one run, for a person to look at. */
export function shown(places, image) {
  const ranges = []
  for (const at of places) {
    const last = ranges.at(-1)
    if (last !== undefined && at - last.end < 8) last.end = at + 1
    else ranges.push({ start: at, end: at + 1 })
  }
  const hex = ({ start, end }) => image.toString('hex', start, Math.min(end, start + 48))
  const lines = ranges.map((range) => `${range.start}–${range.end}: ${hex(range)}`)
  const more = lines.length > 12 ? [`and ${lines.length - 12} ranges more`] : []
  return [...lines.slice(0, 12), ...more].join('\n')
}
