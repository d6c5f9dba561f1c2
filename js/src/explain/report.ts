/**
 * What an explanation is made of, and the cursor that makes it.
 *
 * @module
 */

/** One field, where it stands, and what it says. */
export interface Clause {
  /** What it is called in the manual. */
  readonly name: string
  /** Offset of its first byte, or of its first character in a text. */
  readonly offset: number
  /** How many there are of them. */
  readonly length: number
  /** What it says, for a person; as text of an attacker's it may hold anything. */
  readonly value: string
}

/** Where and why something stops making sense. */
export interface Stop {
  readonly message: string
  readonly offset: number
}

/** What is known of some bytes without any key. Nothing of it is authenticated. */
export interface Explanation {
  /** Which format it is. */
  readonly format: Format
  /** What that is, in a sentence. */
  readonly about: string
  /** What matters, in pairs of a name and what it is. */
  readonly facts: readonly (readonly [name: string, value: string])[]
  /** Every field, in order. */
  readonly clauses: readonly Clause[]
  /** Where it stops making sense, if it does. */
  readonly stop: Stop | undefined
}

/** The formats that are known. */
export const FORMATS = [
  'message',
  'record',
  'object',
  'slot',
  'jwe',
  'tink-envelope',
  's3-metadata',
  'keyset',
] as const

/** One of them. */
export type Format = (typeof FORMATS)[number]

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const SHOWN_MAX = 64

/** Ends a reading; caught where the explanation is put together. */
export class Stopped extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** Bytes as hexadecimal digits; of long ones the beginning. */
export function hex(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, SHOWN_MAX), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  return bytes.length > SHOWN_MAX ? `${shown}…` : shown
}

/** Bytes as the text that they are, or as hexadecimal digits. */
export function textOrHex(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return hex(bytes)
  }
}

/** Reads bytes in order and writes down what each field says. */
export class Explainer {
  readonly bytes: Uint8Array
  readonly facts: [name: string, value: string][] = []
  readonly clauses: Clause[] = []
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** How many bytes are left. */
  get left(): number {
    return this.bytes.length - this.at
  }

  /** Takes a field. */
  take(name: string, length: number, show: (bytes: Uint8Array) => string = hex): Uint8Array {
    if (length > this.left) {
      throw new Stopped(`${name} ends too early: ${length} bytes wanted`, this.bytes.length)
    }
    const taken = this.bytes.subarray(this.at, this.at + length)
    this.clauses.push({ name, offset: this.at, length, value: show(taken) })
    this.at += length
    return taken
  }

  /** Takes a big-endian number. */
  number(name: string, length: number): number {
    const bytes = this.take(name, length, (taken) => String(bigEndian(taken)))
    return bigEndian(bytes)
  }

  /** Takes a length of two bytes, and as many bytes. */
  prefixed(name: string, show: (bytes: Uint8Array) => string = hex): Uint8Array {
    const length = this.number(`${name} length`, 2)
    return this.take(name, length, show)
  }

  /** Ends the reading at a field that was just taken, or at some offset. */
  stop(message: string, offset: number = this.clauses.at(-1)?.offset ?? 0): never {
    throw new Stopped(message, offset)
  }

  /** Puts the last fields, from some place in the list on, into one with others of its name. */
  join(name: string, from: number): void {
    const joined = this.clauses.splice(from)
    const before = this.clauses.at(-1)
    const start = before?.name === name ? this.clauses.pop() : joined[0]
    const offset = start?.offset ?? this.at
    this.clauses.push({ name, offset, length: this.at - offset, value: 'not listed' })
  }

  /** Writes down what matters. */
  fact(name: string, value: string): void {
    this.facts.push([name, value])
  }
}

function bigEndian(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

/** Runs a reading to its end, or to where it stops. */
export function run(
  format: Format,
  about: string,
  explainer: Explainer,
  read: (explainer: Explainer) => void,
): Explanation {
  let stop: Stop | undefined
  try {
    read(explainer)
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    stop = { message: error.message, offset: error.offset }
  }
  const { facts, clauses } = explainer
  return { format, about, facts, clauses, stop }
}
