// Cases that look random and are the same in every run: contexts with keys of every kind, lengths
// around the frames, several slots, pairs that are not stored, every suite.
import { plaintextOf, rawKey } from './cases.mjs'

/** Every suite of the AWS Encryption SDK. */
export const SUITES = [
  0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178, 0x0214, 0x0346, 0x0378, 0x0478, 0x0578,
]

// One of each plane and script, and the two that UTF-16 and UTF-8 sort differently.
const ALPHABET = [...'abzAZ09 -_.é鍵ключ', '\uFFFD', '\u{10000}', '\u{1F511}', '\u{10FFFF}']

/** Numbers from a seed: a linear congruential generator, fit for nothing but tests. */
export class Random {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** A number from 0 to `end`, without it. */
  below(end) {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * end)
  }

  /** One of several. */
  of(choices) {
    return choices[this.below(choices.length)]
  }

  /** Text of up to `max` characters. */
  text(max) {
    return Array.from({ length: this.below(max + 1) }, () => this.of(ALPHABET)).join('')
  }
}

// Frames from none to three, whole ones and ones that are cut short.
function lengthOf(random, frame) {
  const edge = random.of([0, 0, 1, -1])
  const inside = random.below(frame)
  const frames = random.below(4)
  return Math.max(0, random.below(2) === 0 ? frames * frame + edge : frames * frame + inside)
}

function contextOf(random) {
  const pairs = new Map()
  for (let left = random.below(6); left > 0; left--) {
    const key = random.text(6) || 'key'
    pairs.set(key, random.text(10))
  }
  return [...pairs]
}

const KEYS = [rawKey('first'), rawKey('second'), rawKey('third')]

/**
 * One case.
 *
 * @param can - The frame lengths and suites to choose from, and whether pairs may be left out.
 */
export function randomCase(random, { frames, suites, required }) {
  const frame = random.of(frames)
  const suite = random.of(suites)
  const all = contextOf(random)
  const left = required && random.below(3) === 0 ? random.below(all.length + 1) : 0
  const plaintext = plaintextOf(lengthOf(random, frame === 0 ? 4096 : frame))
  const keys = KEYS.slice(0, 1 + random.below(3))
  return {
    label: [
      `suite ${suite.toString(16).padStart(4, '0')}`,
      `${plaintext.length} B in frames of ${frame}`,
      `${all.length} pairs, ${left} of them not stored, ${keys.length} slots`,
    ].join(', '),
    sample: { plaintext, context: all.slice(left), required: all.slice(0, left) },
    route: { frame, suite, keys, opener: random.of(keys) },
  }
}
